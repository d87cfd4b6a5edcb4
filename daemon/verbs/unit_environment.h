// The environment of a service, for verbs that look at its configuration from outside.

#pragma once

#include <string>

#include "config/load.h"

namespace gateway {

/// The variables of the main process of `unit` (".service" may be left out), where it runs and may
/// be looked at; after those its folder of credentials, and this process's own variables.
config::Environment unit_environment(const std::string& unit);

}  // namespace gateway
