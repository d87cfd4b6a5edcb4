// webpubsub-gateway check: is this configuration right, and what does it amount to?

#pragma once

#include <filesystem>
#include <ostream>

#include "config/load.h"

namespace gateway {

/// Loads `file`, and the certificates and keys it names. Prints the effective configuration with
/// its secrets hidden to `out`, or every problem as FILE:LINE:COLUMN: MESSAGE to `err`, where
/// warnings go, too. Returns the exit code: 0, or that of exit_code_for_configuration().
int check(const std::filesystem::path& file, const config::Environment& environment,
          std::ostream& out, std::ostream& err);

/// What a program exits with that could not load `file`: 66 when it is not there, 77 when it may
/// not be read, else 78.
int exit_code_for_configuration(const std::filesystem::path& file);

/// One problem a line and how many there are: also what `run` says before it gives up.
void print_problems(const std::vector<config::Problem>& problems, std::ostream& err);

}  // namespace gateway
