// What a CONNECT asks for and what the hub grants of it.
//
// Source: reference, section 1.5; MQTT 5.0, sections 3.1 and 3.2.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

inline constexpr std::uint16_t kMqttReceiveMaximum = 1000;  // QoS 2 messages we hold half taken

struct MqttTerms {
  mqtt::Version version = mqtt::Version::V5;
  std::string client_id{};  // chosen by us where the client left it open
  bool id_is_ours = false;
  bool clean_start = true;
  std::chrono::seconds asked_keep_alive{};
  std::chrono::seconds keep_alive{};         // never 0
  std::chrono::seconds session_expiry{};     // 0: the session ends with its socket
  std::uint32_t asked_session_expiry = 0;    // seconds
  std::uint16_t receive_maximum = 65'535;    // of the client: what we may have in flight
  std::optional<std::size_t> packet_size{};  // of the client: larger packets are not sent
  std::optional<mqtt::Will> will{};
  StringMap user_properties{};  // of the CONNACK
};

/// Errors: Protocol, `service_code` is the mqtt::ReasonCode of the CONNACK that says no.
Result<MqttTerms> settle(const mqtt::Connect& packet, std::chrono::seconds longest_session);

/// The CONNACK that says yes, with whatever differs from what was asked for.
mqtt::Connack welcome(const MqttTerms& terms, bool session_present, std::size_t max_packet_size);

}  // namespace webpubsub::hub
