// MQTT control packets as values, the same for 3.1.1 and 5.0 (OASIS mqtt-v3.1.1-os, mqtt-v5.0-os).
//
// What a version lacks is left at its default: 3.1.1 has no properties, and its few return codes
// are told by the reason codes of 5.0 that mean the same.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "webpubsub/protocol/mqtt/properties.h"
#include "webpubsub/protocol/mqtt/reason_code.h"

namespace webpubsub::mqtt {

enum class Version : std::uint8_t { V311 = 4, V5 = 5 };  // the numbers CONNECT carries

enum class Qos : std::uint8_t { AtMostOnce = 0, AtLeastOnce = 1, ExactlyOnce = 2 };

/// Never 0 on the wire.
using PacketId = std::uint16_t;

/// The upper half of a packet's first byte (5.0, 2.1.2).
enum class PacketType : std::uint8_t {
  Connect = 1,
  Connack = 2,
  Publish = 3,
  Puback = 4,
  Pubrec = 5,
  Pubrel = 6,
  Pubcomp = 7,
  Subscribe = 8,
  Suback = 9,
  Unsubscribe = 10,
  Unsuback = 11,
  Pingreq = 12,
  Pingresp = 13,
  Disconnect = 14,
  Auth = 15,
};

/// What the service publishes for a client that is gone (5.0, 3.1.2.5).
struct Will {
  std::string topic{};
  std::string payload{};
  Qos qos = Qos::AtMostOnce;
  bool retain = false;
  Properties properties{};
  bool operator==(const Will&) const = default;
};

struct Connect {
  Version version = Version::V5;
  bool clean_start = true;
  std::uint16_t keep_alive_seconds = 0;  // 0: the client need not say anything
  std::string client_id{};               // empty: the server chooses one
  std::optional<Will> will{};
  std::optional<std::string> username{};
  std::optional<std::string> password{};  // bytes
  Properties properties{};
  bool operator==(const Connect&) const = default;
};

struct Connack {
  bool session_present = false;
  ReasonCode reason = ReasonCode::Success;
  Properties properties{};
  bool operator==(const Connack&) const = default;
};

struct Publish {
  std::string topic{};  // empty only beside a topic alias
  std::string payload{};
  Qos qos = Qos::AtMostOnce;
  bool retain = false;
  bool duplicate = false;
  PacketId packet_id = 0;  // 0 for, and only for, AtMostOnce
  Properties properties{};
  bool operator==(const Publish&) const = default;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP, which differ by their type only.
template <PacketType kType>
struct PublishAnswer {
  PacketId packet_id = 0;
  ReasonCode reason = ReasonCode::Success;
  Properties properties{};
  bool operator==(const PublishAnswer&) const = default;
};
using Puback = PublishAnswer<PacketType::Puback>;
using Pubrec = PublishAnswer<PacketType::Pubrec>;
using Pubrel = PublishAnswer<PacketType::Pubrel>;
using Pubcomp = PublishAnswer<PacketType::Pubcomp>;

/// What to do with retained messages at a subscription (5.0, 3.8.3.1).
enum class RetainHandling : std::uint8_t { Send = 0, SendIfNew = 1, DoNotSend = 2 };

struct Subscription {
  std::string filter{};
  Qos qos = Qos::AtMostOnce;  // the most the client wants
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::Send;
  bool operator==(const Subscription&) const = default;
};

struct Subscribe {
  PacketId packet_id = 0;
  std::vector<Subscription> subscriptions{};  // never empty
  Properties properties{};
  bool operator==(const Subscribe&) const = default;
};

struct Suback {
  PacketId packet_id = 0;
  std::vector<ReasonCode> reasons{};  // one for each subscription, in their order
  Properties properties{};
  bool operator==(const Suback&) const = default;
};

struct Unsubscribe {
  PacketId packet_id = 0;
  std::vector<std::string> filters{};  // never empty
  Properties properties{};
  bool operator==(const Unsubscribe&) const = default;
};

struct Unsuback {
  PacketId packet_id = 0;
  std::vector<ReasonCode> reasons{};  // none with 3.1.1
  Properties properties{};
  bool operator==(const Unsuback&) const = default;
};

struct Pingreq {
  bool operator==(const Pingreq&) const = default;
};
struct Pingresp {
  bool operator==(const Pingresp&) const = default;
};

struct Disconnect {
  ReasonCode reason = ReasonCode::Success;  // "normal disconnection" has the same number
  Properties properties{};
  bool operator==(const Disconnect&) const = default;
};

/// 5.0 only.
struct Auth {
  ReasonCode reason = ReasonCode::Success;
  Properties properties{};
  bool operator==(const Auth&) const = default;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe,
                            Suback, Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

}  // namespace webpubsub::mqtt
