// From words to a program, with the types checked that are known before any message came.

#pragma once

#include "bridge/rules/expression/expression.h"
#include "bridge/rules/expression/program.h"

namespace gateway {

webpubsub::Result<Program> parse_expression(std::string_view text, const Expression::Names& names);

}  // namespace gateway
