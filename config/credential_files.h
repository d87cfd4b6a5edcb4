// The files that a configuration names and that may change while it stays the same: secrets,
// certificates, keys.

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/load.h"
#include "config/settings.h"

namespace gateway::config {

/// All of them, absolute, each once.
std::vector<std::string> credential_files(const Settings& settings);

/// Those of them that hold a secret, the certificates left out, and that every user of the machine
/// can read; the configuration too, when a secret is written in it.
std::vector<std::string> exposed_files(const Settings& settings);

/// `settings` with every secret that came from a file read again; the rest is left as it is.
/// Problems name the file and never what is in it.
Loaded read_secrets_again(Settings settings);

}  // namespace gateway::config
