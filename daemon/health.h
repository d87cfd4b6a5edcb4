// Answers to "should you be restarted?" and "can you do your job?".

#pragma once

#include <string>

#include "daemon/snapshot.h"

namespace gateway {

struct Health {
  bool ok = false;
  std::string words{};  // for people: one line or several, each with its newline
};

/// Ready while intake runs, also when the cloud or the broker is away: what arrives then is kept
/// or dropped as each rule says, and a restart would help nobody. The words tell what is degraded.
Health readiness(const GatewaySnapshot& snapshot);

}  // namespace gateway
