// webpubsub-gateway check: is this configuration right, and what does it amount to?

#pragma once

#include <filesystem>
#include <ostream>

#include "config/load.h"

namespace gateway {

/// Loads `file` as `run` would. Prints the effective configuration with its secrets hidden to
/// `out`, or every problem as FILE:LINE:COLUMN: MESSAGE to `err`. Returns the exit code: 0 or 78.
int check(const std::filesystem::path& file, const config::Environment& environment,
          std::ostream& out, std::ostream& err);

/// One problem a line and how many there are: also what `run` says before it gives up.
void print_problems(const std::vector<config::Problem>& problems, std::ostream& err);

}  // namespace gateway
