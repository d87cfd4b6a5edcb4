// The properties of MQTT 5.0 (2.2.2).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace webpubsub::mqtt {

struct UserProperty {
  std::string name{};
  std::string value{};
  bool operator==(const UserProperty&) const = default;
};

/// All properties there are; each packet allows some of them only, which the codec checks when it
/// decodes and relies on when it encodes.
struct Properties {
  std::optional<bool> payload_is_text{};  // "payload format indicator"
  std::optional<std::uint32_t> message_expiry_seconds{};
  std::optional<std::string> content_type{};
  std::optional<std::string> response_topic{};
  std::optional<std::string> correlation_data{};  // bytes
  std::vector<std::uint32_t> subscription_ids{};  // several only in what a server publishes
  std::optional<std::uint32_t> session_expiry_seconds{};
  std::optional<std::string> assigned_client_id{};
  std::optional<std::uint16_t> server_keep_alive_seconds{};
  std::optional<std::string> authentication_method{};
  std::optional<std::string> authentication_data{};  // bytes
  std::optional<bool> request_problem_information{};
  std::optional<std::uint32_t> will_delay_seconds{};
  std::optional<bool> request_response_information{};
  std::optional<std::string> response_information{};
  std::optional<std::string> server_reference{};
  std::optional<std::string> reason_string{};
  std::optional<std::uint16_t> receive_maximum{};  // QoS 1 and 2 messages in flight
  std::optional<std::uint16_t> topic_alias_maximum{};
  std::optional<std::uint16_t> topic_alias{};
  std::optional<std::uint8_t> maximum_qos{};
  std::optional<bool> retain_available{};
  std::vector<UserProperty> user_properties{};  // in order; names may repeat
  std::optional<std::uint32_t> maximum_packet_size{};
  std::optional<bool> wildcard_subscriptions_available{};
  std::optional<bool> subscription_ids_available{};
  std::optional<bool> shared_subscriptions_available{};
  bool operator==(const Properties&) const = default;
};

}  // namespace webpubsub::mqtt
