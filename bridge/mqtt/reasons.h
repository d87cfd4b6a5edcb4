// What a broker's answers mean, in words that tell an operator what to do.
//
// Codes below 0x80 are MQTT 3.1.1's return codes (3.2.2.3), from 0x80 on MQTT 5's reason codes
// (2.4); negative ones are the client library's own. Errors carry a broker's code as service_code.

#pragma once

#include "base/result.h"

namespace gateway {

/// Why the broker at `broker` refused a connection.
webpubsub::Error connect_refused(int code, const std::string& broker);
/// Whether `code` of a CONNACK means that the broker does not speak the version asked for.
bool is_version_refused(int code) noexcept;
/// Whether trying again soon is pointless: somebody has to change the settings of one side.
bool needs_operator(const webpubsub::Error& why) noexcept;

/// Why a broker ended a connection; 0 when it did not say.
webpubsub::Error connection_ended(int code, const std::string& broker);

/// Why a filter was refused, or a publication.
webpubsub::Error subscription_refused(int code);
webpubsub::Error publication_refused(int code);

}  // namespace gateway
