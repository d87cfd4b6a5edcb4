// The least a gateway's token has to allow.

#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace gateway {

/// Exactly what rules, commands and presence need; the one for every group only where a rule's
/// group depends on the topic.
std::vector<std::string> needed_roles(const Settings& settings);

}  // namespace gateway
