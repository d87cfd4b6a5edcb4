// From the text of a filter to checked operations.

#pragma once

#include <string_view>

#include "base/result.h"
#include "hub/odata_filter/expression.h"

namespace webpubsub::hub {

/// A Boolean expression. Errors: InvalidArgument for bad syntax, unknown words, operands of the
/// wrong type, and more than 100 operations or levels.
Result<FilterExpression> parse_filter(std::string_view text);

}  // namespace webpubsub::hub
