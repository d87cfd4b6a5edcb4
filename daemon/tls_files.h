// Whether the certificate files of a configuration can be used, before anything relies on them.

#pragma once

#include <vector>

#include "config/load.h"
#include "config/settings.h"

namespace gateway {

/// What is wrong with them: no certificate in a file, a key that is no key, or that belongs to
/// another certificate. Nothing of what they hold is told.
std::vector<config::Problem> check_tls_files(const Settings& settings);

}  // namespace gateway
