// The line that `systemctl status` shows: for a person who wants to know whether all is well.

#pragma once

#include <string>

#include "base/clock.h"
#include "daemon/snapshot.h"

namespace gateway {

/// Links, what waits, when the next try is, what was lost. Says times, not durations, and counts
/// that only grow while all is well are left out: the line stays the same until something changes.
std::string service_status(const GatewaySnapshot& snapshot, webpubsub::WallTime now);

}  // namespace gateway
