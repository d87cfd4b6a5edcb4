// ${NAME} in values.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/load.h"

namespace gateway::config {

/// Puts environment variables in place of ${NAME} and ${NAME:-default}; the default also stands in
/// for a variable that is empty, as in a shell. "$${" stands for "${". What a variable holds is not
/// expanded again.
/// Errors: InvalidArgument for a variable that is not set and has no default, a broken ${.
webpubsub::Result<std::string> expand(std::string_view text, const Environment& environment);

/// The text that expand() turns into `text`.
std::string escape(std::string_view text);

}  // namespace gateway::config
