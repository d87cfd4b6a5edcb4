#include <utility>

#include "webpubsub/protocol/mqtt/codec.h"
#include "webpubsub/protocol/mqtt/decode_connect.h"
#include "webpubsub/protocol/mqtt/flags.h"
#include "webpubsub/protocol/mqtt/properties_codec.h"

namespace webpubsub::mqtt {
namespace {

constexpr unsigned kFlagBits = 4;
constexpr unsigned kFlagMask = 0x0F;
constexpr unsigned kReservedFlags = 0x02;  // PUBREL, SUBSCRIBE and UNSUBSCRIBE (5.0, 2.1.3)

Error malformed(const char* why) { return wire_error(ReasonCode::MalformedPacket, why); }

/// What comes behind the fixed header of one packet.
struct Body {
  PacketType type;
  unsigned flags;
  Version version;
  WireReader in;

  bool is_v5() const noexcept { return version == Version::V5; }
  Properties properties() { return is_v5() ? read_properties(in, place_of(type)) : Properties{}; }
  PacketId packet_id() {
    const PacketId id = in.two_bytes();
    if (id == 0) in.fail("a packet identifier is 0");
    return id;
  }
  /// A number the standard does not name is as malformed as any other wrong byte. SUBACK is the
  /// only packet of 3.1.1 that asks here, and knows four of them (3.1.1, 3.9.3).
  ReasonCode reason() {
    auto known = find_reason_code(in.byte());
    const bool granted = known && *known <= ReasonCode::GrantedQos2;
    if (!is_v5() && !granted && known != ReasonCode::UnspecifiedError) known.reset();
    if (!known) in.fail("the standard does not name this reason code");
    return known.value_or(ReasonCode::UnspecifiedError);
  }
  /// Both may be left out where they say nothing (5.0, 3.4.2.1).
  void read_reason_and_properties(auto& packet) {
    if (!is_v5() || in.at_end()) return;
    packet.reason = reason();
    if (!in.at_end()) packet.properties = properties();
  }
};

/// `packet` when the body has been read to its end without a failure.
template <class T>
Result<Packet> finish(Body& body, T packet) {
  if (!body.in.at_end()) body.in.fail("a packet has bytes behind its end");
  if (body.in.failed()) return body.in.error();
  return Packet(std::move(packet));
}

Result<Packet> decode_connack(Body& body) {
  Connack packet;
  const std::uint8_t flags = body.in.byte();
  if (flags > 1) body.in.fail("reserved bits of CONNACK are set");
  packet.session_present = flags == 1;
  if (body.is_v5()) {
    packet.reason = body.reason();
  } else {
    const auto known = from_return_code(body.in.byte());
    if (!known) body.in.fail("there is no such return code");
    packet.reason = known.value_or(ReasonCode::UnspecifiedError);
  }
  packet.properties = body.properties();
  return finish(body, std::move(packet));
}

Result<Packet> decode_publish(Body& body) {
  const unsigned qos = (body.flags >> kPublishQosShift) & kTwoBits;
  if (qos > static_cast<unsigned>(Qos::ExactlyOnce)) body.in.fail("there is no QoS 3");
  Publish packet;
  packet.qos = static_cast<Qos>(qos);
  packet.retain = (body.flags & kRetainFlag) != 0;
  packet.duplicate = (body.flags & kDuplicateFlag) != 0;
  if (packet.duplicate && qos == 0) body.in.fail("a QoS 0 message is marked as a duplicate");
  packet.topic = body.in.text();
  if (packet.topic.find_first_of("+#") != std::string::npos) {
    body.in.fail("a topic name holds a wildcard", ReasonCode::TopicNameInvalid);
  }
  if (qos > 0) packet.packet_id = body.packet_id();
  packet.properties = body.properties();
  if (packet.topic.empty() && !packet.properties.topic_alias) {
    body.in.fail("a message has neither topic nor alias", ReasonCode::ProtocolError);
  }
  packet.payload = body.in.take_rest();
  return finish(body, std::move(packet));
}

template <PacketType kType>
Result<Packet> decode_answer(Body& body) {
  PublishAnswer<kType> packet;
  packet.packet_id = body.packet_id();
  body.read_reason_and_properties(packet);
  return finish(body, std::move(packet));
}

Subscription decode_subscription(Body& body) {
  Subscription subscription;
  subscription.filter = body.in.text();
  if (subscription.filter.empty()) body.in.fail("a topic filter is empty");
  const unsigned options = body.in.byte();
  const unsigned qos = options & kTwoBits;
  const unsigned handling = (options >> kRetainHandlingShift) & kTwoBits;
  const unsigned reserved = body.is_v5() ? kReservedSubscriptionFlags : ~kTwoBits;
  if (qos > 2 || handling > 2 || (options & reserved) != 0) {
    body.in.fail("the options of a subscription are wrong");
    return subscription;
  }
  subscription.qos = static_cast<Qos>(qos);
  subscription.no_local = (options & kNoLocalFlag) != 0;
  subscription.retain_as_published = (options & kRetainAsPublishedFlag) != 0;
  subscription.retain_handling = static_cast<RetainHandling>(handling);
  return subscription;
}

Result<Packet> decode_subscribe(Body& body) {
  Subscribe packet;
  packet.packet_id = body.packet_id();
  packet.properties = body.properties();
  while (!body.in.at_end()) packet.subscriptions.push_back(decode_subscription(body));
  if (packet.subscriptions.empty()) {
    body.in.fail("SUBSCRIBE names no topic filter", ReasonCode::ProtocolError);
  }
  return finish(body, std::move(packet));
}

Result<Packet> decode_unsubscribe(Body& body) {
  Unsubscribe packet;
  packet.packet_id = body.packet_id();
  packet.properties = body.properties();
  while (!body.in.at_end()) {
    packet.filters.emplace_back(body.in.text());
    if (packet.filters.back().empty()) body.in.fail("a topic filter is empty");
  }
  if (packet.filters.empty()) {
    body.in.fail("UNSUBSCRIBE names no topic filter", ReasonCode::ProtocolError);
  }
  return finish(body, std::move(packet));
}

template <class T>
Result<Packet> decode_list_of_reasons(Body& body) {
  T packet;
  packet.packet_id = body.packet_id();
  packet.properties = body.properties();
  const bool has_reasons = body.is_v5() || body.type == PacketType::Suback;
  while (has_reasons && !body.in.at_end()) packet.reasons.push_back(body.reason());
  return finish(body, std::move(packet));
}

/// DISCONNECT and AUTH: both parts may be missing.
template <class T>
Result<Packet> decode_reason(Body& body) {
  T packet;
  body.read_reason_and_properties(packet);
  return finish(body, std::move(packet));
}

Result<Packet> decode_body(Body& body) {
  switch (body.type) {
    case PacketType::Connect:
      return decode_connect(body.in);
    case PacketType::Connack:
      return decode_connack(body);
    case PacketType::Publish:
      return decode_publish(body);
    case PacketType::Puback:
      return decode_answer<PacketType::Puback>(body);
    case PacketType::Pubrec:
      return decode_answer<PacketType::Pubrec>(body);
    case PacketType::Pubrel:
      return decode_answer<PacketType::Pubrel>(body);
    case PacketType::Pubcomp:
      return decode_answer<PacketType::Pubcomp>(body);
    case PacketType::Subscribe:
      return decode_subscribe(body);
    case PacketType::Suback:
      return decode_list_of_reasons<Suback>(body);
    case PacketType::Unsubscribe:
      return decode_unsubscribe(body);
    case PacketType::Unsuback:
      return decode_list_of_reasons<Unsuback>(body);
    case PacketType::Pingreq:
      return finish(body, Pingreq{});
    case PacketType::Pingresp:
      return finish(body, Pingresp{});
    case PacketType::Disconnect:
      return decode_reason<Disconnect>(body);
    case PacketType::Auth:
      if (!body.is_v5()) return malformed("AUTH is not a packet of 3.1.1");
      return decode_reason<Auth>(body);
  }
  return malformed("there is no packet of type 0");
}

bool flags_are_right(PacketType type, unsigned flags) {
  switch (type) {
    case PacketType::Publish:
      return true;
    case PacketType::Pubrel:
    case PacketType::Subscribe:
    case PacketType::Unsubscribe:
      return flags == kReservedFlags;
    default:
      return flags == 0;
  }
}

}  // namespace

Result<Packet> decode(std::string_view packet, Version version) {
  WireReader in(packet);
  const unsigned first = in.byte();
  const std::uint32_t length = in.variable_integer();
  const std::string_view rest = in.take_rest();
  if (in.failed()) return in.error();
  if (length != rest.size()) return malformed("a packet is not as long as it says");
  Body body{static_cast<PacketType>(first >> kFlagBits), first & kFlagMask, version,
            WireReader(rest)};
  if (!flags_are_right(body.type, body.flags)) {
    return malformed("reserved bits of the first byte are wrong");
  }
  return decode_body(body);
}

}  // namespace webpubsub::mqtt
