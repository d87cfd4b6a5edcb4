// What a configuration leaves open and the machine, or another key, answers.

#pragma once

#include <string>

#include "config/load.h"
#include "config/settings.h"

namespace gateway::config {

/// Fills in gateway.id, mqtt.client_id, webpubsub.user_id and what the embedded hub's page shows,
/// where they are still empty.
void complete(Settings& settings, const Environment& environment);

/// An MQTT client identifier that stays the same over restarts and differs between machines: 23
/// letters and digits, which every broker must take (MQTT 3.1.1, 3.1.3.1). The machine id itself
/// must not leave the machine (machine-id(5)); it is the key of a hash here.
std::string derive_client_id(const Environment& environment, const std::string& gateway_id);

}  // namespace gateway::config
