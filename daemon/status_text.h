// A snapshot in words: for the service manager, the journal and the end of a demo.

#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "daemon/snapshot.h"

namespace gateway {

/// "starting", "running" or "stopping".
std::string_view state_name(RunState state);
/// "up", "down" or "paused".
std::string_view state_name(const LinkSnapshot& link);

/// One short line for STATUS=: "mqtt up, cloud down (next try in 4s), 12 waiting, 3 dropped".
std::string status_line(const GatewaySnapshot& snapshot);

/// "climate: received 1000 = forwarded 990 + filtered 5 + dropped 3 + pending 2", with the reasons
/// of what was dropped; "!=" when the sum does not hold.
std::string conservation_line(const RuleSnapshot& rule);

/// Writes links, rules, queues and commands as log events: what SIGUSR1 asks for.
void write_report(webpubsub::Log& log, const GatewaySnapshot& snapshot);

}  // namespace gateway
