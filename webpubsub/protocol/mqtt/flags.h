// The bytes of flags inside packets, told once for both directions.

#pragma once

#include <cstdint>
#include <string_view>

#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::mqtt {

inline constexpr std::string_view kProtocolName = "MQTT";

// CONNECT (5.0, 3.1.2.3)
inline constexpr unsigned kReservedConnectFlag = 0x01;
inline constexpr unsigned kCleanStartFlag = 0x02;
inline constexpr unsigned kWillFlag = 0x04;
inline constexpr unsigned kWillQosShift = 3;
inline constexpr unsigned kWillRetainFlag = 0x20;
inline constexpr unsigned kPasswordFlag = 0x40;
inline constexpr unsigned kUsernameFlag = 0x80;

// PUBLISH (5.0, 3.3.1)
inline constexpr unsigned kRetainFlag = 0x01;
inline constexpr unsigned kPublishQosShift = 1;
inline constexpr unsigned kDuplicateFlag = 0x08;

// Subscription options (5.0, 3.8.3.1)
inline constexpr unsigned kNoLocalFlag = 0x04;
inline constexpr unsigned kRetainAsPublishedFlag = 0x08;
inline constexpr unsigned kRetainHandlingShift = 4;
inline constexpr unsigned kReservedSubscriptionFlags = 0xC0;

inline constexpr unsigned kTwoBits = 0x03;  // a QoS, a retain handling

constexpr std::uint8_t connect_flags(const Connect& packet) noexcept {
  unsigned flags = packet.clean_start ? kCleanStartFlag : 0;
  if (packet.will) {
    flags |= kWillFlag | static_cast<unsigned>(packet.will->qos) << kWillQosShift;
    flags |= packet.will->retain ? kWillRetainFlag : 0;
  }
  flags |= packet.password ? kPasswordFlag : 0;
  flags |= packet.username ? kUsernameFlag : 0;
  return static_cast<std::uint8_t>(flags);
}

constexpr std::uint8_t publish_flags(Qos qos, bool retain, bool duplicate) noexcept {
  return static_cast<std::uint8_t>((retain ? kRetainFlag : 0U) |
                                   (static_cast<unsigned>(qos) << kPublishQosShift) |
                                   (duplicate ? kDuplicateFlag : 0U));
}

constexpr std::uint8_t subscription_options(const Subscription& subscription) noexcept {
  return static_cast<std::uint8_t>(
      static_cast<unsigned>(subscription.qos) | (subscription.no_local ? kNoLocalFlag : 0U) |
      (subscription.retain_as_published ? kRetainAsPublishedFlag : 0U) |
      static_cast<unsigned>(subscription.retain_handling) << kRetainHandlingShift);
}

}  // namespace webpubsub::mqtt
