#include <variant>

#include "webpubsub/protocol/mqtt/codec.h"
#include "webpubsub/protocol/mqtt/flags.h"
#include "webpubsub/protocol/mqtt/properties_codec.h"
#include "webpubsub/protocol/mqtt/wire.h"

namespace webpubsub::mqtt {
namespace {

constexpr std::uint8_t kReservedFlags = 0x02;  // PUBREL, SUBSCRIBE and UNSUBSCRIBE (5.0, 2.1.3)

std::uint8_t number(auto value) { return static_cast<std::uint8_t>(value); }

/// Writes what comes after the fixed header and answers the flags that stand in it.
struct BodyWriter {
  Version version;
  std::string& out;

  bool is_v5() const noexcept { return version == Version::V5; }
  void properties(const Properties& properties) const {
    if (is_v5()) write_properties(properties, out);
  }

  std::uint8_t operator()(const Connect& packet) const;
  std::uint8_t operator()(const Connack& packet) const {
    write_byte(out, packet.session_present ? 1 : 0);
    write_byte(out, is_v5() ? number(packet.reason) : to_return_code(packet.reason));
    properties(packet.properties);
    return 0;
  }
  std::uint8_t operator()(const Publish& packet) const {
    write_binary(out, packet.topic);
    if (packet.qos != Qos::AtMostOnce) write_two_bytes(out, packet.packet_id);
    properties(packet.properties);
    out.append(packet.payload);
    return publish_flags(packet.qos, packet.retain, packet.duplicate);
  }
  template <PacketType kType>
  std::uint8_t operator()(const PublishAnswer<kType>& packet) const {
    write_two_bytes(out, packet.packet_id);
    reason_and_properties(packet.reason, packet.properties);
    return kType == PacketType::Pubrel ? kReservedFlags : 0;
  }
  std::uint8_t operator()(const Subscribe& packet) const {
    write_two_bytes(out, packet.packet_id);
    properties(packet.properties);
    for (const Subscription& subscription : packet.subscriptions) {
      write_binary(out, subscription.filter);
      write_byte(out, is_v5() ? subscription_options(subscription) : number(subscription.qos));
    }
    return kReservedFlags;
  }
  std::uint8_t operator()(const Suback& packet) const {
    write_two_bytes(out, packet.packet_id);
    properties(packet.properties);
    for (const ReasonCode reason : packet.reasons) {
      const bool refused = is_failure(reason);
      write_byte(out, number(refused && !is_v5() ? ReasonCode::UnspecifiedError : reason));
    }
    return 0;
  }
  std::uint8_t operator()(const Unsubscribe& packet) const {
    write_two_bytes(out, packet.packet_id);
    properties(packet.properties);
    for (const std::string& filter : packet.filters) write_binary(out, filter);
    return kReservedFlags;
  }
  std::uint8_t operator()(const Unsuback& packet) const {
    write_two_bytes(out, packet.packet_id);
    properties(packet.properties);
    if (!is_v5()) return 0;
    for (const ReasonCode reason : packet.reasons) write_byte(out, number(reason));
    return 0;
  }
  std::uint8_t operator()(const Pingreq&) const { return 0; }
  std::uint8_t operator()(const Pingresp&) const { return 0; }
  std::uint8_t operator()(const Disconnect& packet) const {
    reason_and_properties(packet.reason, packet.properties);
    return 0;
  }
  std::uint8_t operator()(const Auth& packet) const {
    reason_and_properties(packet.reason, packet.properties);
    return 0;
  }

  /// Both may be left out where they say nothing (5.0, 3.4.2.1).
  void reason_and_properties(ReasonCode reason, const Properties& values) const {
    const bool has_properties = values != Properties{};
    if (!is_v5() || (reason == ReasonCode::Success && !has_properties)) return;
    write_byte(out, number(reason));
    if (has_properties) write_properties(values, out);
  }
};

std::uint8_t BodyWriter::operator()(const Connect& packet) const {
  write_binary(out, kProtocolName);
  write_byte(out, number(packet.version));
  write_byte(out, connect_flags(packet));
  write_two_bytes(out, packet.keep_alive_seconds);
  properties(packet.properties);
  write_binary(out, packet.client_id);
  if (packet.will) {
    properties(packet.will->properties);
    write_binary(out, packet.will->topic);
    write_binary(out, packet.will->payload);
  }
  if (packet.username) write_binary(out, *packet.username);
  if (packet.password) write_binary(out, *packet.password);
  return 0;
}

}  // namespace

void encode(const Packet& packet, Version version, std::string& out) {
  if (const auto* connect = std::get_if<Connect>(&packet)) version = connect->version;
  if (std::holds_alternative<Auth>(packet) && version != Version::V5) return;
  std::string body;
  const unsigned flags = std::visit(BodyWriter{version, body}, packet);
  const unsigned type = static_cast<unsigned>(packet.index()) + 1;  // in the order of PacketType
  write_byte(out, static_cast<std::uint8_t>(type << 4U | flags));
  write_variable_integer(out, static_cast<std::uint32_t>(body.size()));
  out.append(body);
}

}  // namespace webpubsub::mqtt
