// Reason codes of MQTT 5.0 (2.4), which also tell the return codes of 3.1.1.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace webpubsub::mqtt {

enum class ReasonCode : std::uint8_t {
  Success = 0x00,  // also: normal disconnection, granted QoS 0
  GrantedQos1 = 0x01,
  GrantedQos2 = 0x02,
  DisconnectWithWill = 0x04,
  NoMatchingSubscribers = 0x10,
  NoSubscriptionExisted = 0x11,
  ContinueAuthentication = 0x18,
  ReAuthenticate = 0x19,
  UnspecifiedError = 0x80,
  MalformedPacket = 0x81,
  ProtocolError = 0x82,
  ImplementationSpecificError = 0x83,
  UnsupportedProtocolVersion = 0x84,
  ClientIdentifierNotValid = 0x85,
  BadUserNameOrPassword = 0x86,
  NotAuthorized = 0x87,
  ServerUnavailable = 0x88,
  ServerBusy = 0x89,
  Banned = 0x8A,
  ServerShuttingDown = 0x8B,
  BadAuthenticationMethod = 0x8C,
  KeepAliveTimeout = 0x8D,
  SessionTakenOver = 0x8E,
  TopicFilterInvalid = 0x8F,
  TopicNameInvalid = 0x90,
  PacketIdentifierInUse = 0x91,
  PacketIdentifierNotFound = 0x92,
  ReceiveMaximumExceeded = 0x93,
  TopicAliasInvalid = 0x94,
  PacketTooLarge = 0x95,
  MessageRateTooHigh = 0x96,
  QuotaExceeded = 0x97,
  AdministrativeAction = 0x98,
  PayloadFormatInvalid = 0x99,
  RetainNotSupported = 0x9A,
  QosNotSupported = 0x9B,
  UseAnotherServer = 0x9C,
  ServerMoved = 0x9D,
  SharedSubscriptionsNotSupported = 0x9E,
  ConnectionRateExceeded = 0x9F,
  MaximumConnectTime = 0xA0,
  SubscriptionIdentifiersNotSupported = 0xA1,
  WildcardSubscriptionsNotSupported = 0xA2,
};

constexpr bool is_failure(ReasonCode reason) noexcept {
  return static_cast<std::uint8_t>(reason) >= 0x80;
}

/// "not authorized"; "unknown" for a number the standard does not name.
std::string_view to_string(ReasonCode reason) noexcept;

/// The reason with this number, if the standard names one.
std::optional<ReasonCode> find_reason_code(std::uint8_t number) noexcept;

/// What a CONNACK of 3.1.1 can say (3.1.1, 3.2.2.3): 0 to 5. Reasons it has no word for become
/// "server unavailable", after which a client may try again.
std::uint8_t to_return_code(ReasonCode reason) noexcept;
std::optional<ReasonCode> from_return_code(std::uint8_t number) noexcept;

}  // namespace webpubsub::mqtt
