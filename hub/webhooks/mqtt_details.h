// What event handlers and MQTT clients tell each other beyond what all clients have. Source:
// CloudEvents extension for MQTT; reference, section 8.6.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"
#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

/// How a handler says no to a CONNECT.
struct MqttRefusal {
  mqtt::ReasonCode reason = mqtt::ReasonCode::NotAuthorized;
  std::string text{};
  StringMap user_properties{};
};

/// The "mqtt" object of a refusal; nothing when there is none that makes sense. Its code is a
/// return code of 3.1.1 or a reason code of 5.0, as the client speaks.
std::optional<MqttRefusal> read_mqtt_refusal(std::string_view body, mqtt::Version version);

/// For the CONNACK that says yes; nothing when they make no sense.
std::optional<StringMap> read_mqtt_user_properties(std::string_view connect_answer);

/// Response headers "mqtt-NAME: VALUE" are user properties of the message it becomes.
StringMap mqtt_user_properties_of(const net::Headers& headers);

/// How an MQTT session came to its end.
struct MqttEnding {
  bool by_client = false;
  std::optional<std::uint8_t> code{};  // of the last DISCONNECT, whoever sent it
  StringMap user_properties{};
};

/// Appends the member "mqtt" of the body of the event "disconnected".
void append_mqtt_ending(std::string& body, const MqttEnding& ending);

}  // namespace webpubsub::hub
