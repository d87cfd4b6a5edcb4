#include "hub/mqtt/connect_terms.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "webpubsub/protocol/mqtt/reason_code.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

using mqtt::ReasonCode;

constexpr std::size_t kMaxClientId = 128;
constexpr std::size_t kMaxWillPayload = 2000;
constexpr std::chrono::seconds kLongestKeepAlive{180};

Error refuse(ReasonCode reason, std::string message) {
  return {Errc::Protocol, std::move(message), static_cast<int>(reason)};
}

bool is_valid_client_id(std::string_view id) {
  return id.size() <= kMaxClientId && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

Result<void> check_will(const mqtt::Will& will, mqtt::Version version) {
  if (!is_valid_group_name(will.topic)) {
    return refuse(ReasonCode::TopicNameInvalid, "The topic of the will is no valid group name.");
  }
  if (will.payload.size() > kMaxWillPayload) {
    return refuse(ReasonCode::PacketTooLarge, "The will has more than 2,000 bytes.");
  }
  if (will.retain && version == mqtt::Version::V5) {
    return refuse(ReasonCode::RetainNotSupported, "Retained messages are not supported.");
  }
  return {};
}

/// 5.0 lets the server choose; 3.1.1 has no words for that, so the service refuses.
Result<std::chrono::seconds> settle_keep_alive(const mqtt::Connect& packet) {
  const std::chrono::seconds asked(packet.keep_alive_seconds);
  if (asked > std::chrono::seconds::zero() && asked <= kLongestKeepAlive) return asked;
  if (packet.version == mqtt::Version::V5) return kLongestKeepAlive;
  return refuse(ReasonCode::ServerUnavailable, "The keep-alive must be 1 to 180 seconds.");
}

Result<std::string> settle_client_id(const mqtt::Connect& packet) {
  if (!is_valid_client_id(packet.client_id)) {
    return refuse(ReasonCode::ClientIdentifierNotValid,
                  "A client id has 1 to 128 letters and digits.");
  }
  if (!packet.client_id.empty()) return packet.client_id;
  if (packet.version == mqtt::Version::V311 && !packet.clean_start) {
    return refuse(ReasonCode::ClientIdentifierNotValid, "A session needs a client id.");
  }
  std::string id = random_id();
  std::erase_if(id, [](char c) { return !is_valid_client_id({&c, 1}); });
  return id;
}

/// 3.1.1 knows only "until the next clean start" (5.0, 3.1.2.11.2).
std::uint32_t asked_session_expiry(const mqtt::Connect& packet) {
  if (packet.version == mqtt::Version::V5)
    return packet.properties.session_expiry_seconds.value_or(0);
  return packet.clean_start ? 0 : UINT32_MAX;
}

}  // namespace

Result<MqttTerms> settle(const mqtt::Connect& packet, std::chrono::seconds longest_session) {
  auto id = settle_client_id(packet);
  if (!id) return id.error();
  const auto keep_alive = settle_keep_alive(packet);
  if (!keep_alive) return keep_alive.error();
  if (packet.will) {
    if (auto usable = check_will(*packet.will, packet.version); !usable) return usable.error();
  }
  if (packet.properties.authentication_method) {
    return refuse(ReasonCode::BadAuthenticationMethod, "Enhanced authentication is not supported.");
  }
  const std::uint32_t expiry = asked_session_expiry(packet);
  return MqttTerms{
      .version = packet.version,
      .client_id = std::move(*id),
      .id_is_ours = packet.client_id.empty(),
      .clean_start = packet.clean_start,
      .asked_keep_alive = std::chrono::seconds(packet.keep_alive_seconds),
      .keep_alive = *keep_alive,
      .session_expiry = std::min(std::chrono::seconds(expiry), longest_session),
      .asked_session_expiry = expiry,
      .receive_maximum = packet.properties.receive_maximum.value_or(65'535),
      .packet_size = packet.properties.maximum_packet_size,
      .will = packet.will,
  };
}

mqtt::Connack welcome(const MqttTerms& terms, bool session_present, std::size_t max_packet_size) {
  mqtt::Connack answer{.session_present = session_present};
  mqtt::Properties& told = answer.properties;
  if (terms.id_is_ours) told.assigned_client_id = terms.client_id;
  if (terms.keep_alive != terms.asked_keep_alive) {
    told.server_keep_alive_seconds = static_cast<std::uint16_t>(terms.keep_alive.count());
  }
  const auto expiry = static_cast<std::uint32_t>(terms.session_expiry.count());
  if (expiry != terms.asked_session_expiry) told.session_expiry_seconds = expiry;
  told.receive_maximum = kMqttReceiveMaximum;
  told.maximum_packet_size = static_cast<std::uint32_t>(max_packet_size);
  told.retain_available = false;
  told.wildcard_subscriptions_available = false;
  told.shared_subscriptions_available = false;
  for (const auto& [name, value] : terms.user_properties) {
    told.user_properties.push_back({name, value});
  }
  return answer;
}

}  // namespace webpubsub::hub
