// What every command rule would make of one message of the service, by the code that would.

#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/command_rules.h"
#include "bridge/uplink/explain.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

/// As if it were the first command of a gateway that has just started: rates and earlier ids are
/// not known here. One that `forwards` is published.
std::vector<ExplainedRule> explain_command(const std::vector<CommandOptions>& commands,
                                           const std::string& gateway_id,
                                           const CommandSource& source, const webpubsub::Data& data,
                                           webpubsub::WallTime now);

}  // namespace gateway
