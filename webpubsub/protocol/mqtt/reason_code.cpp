#include "webpubsub/protocol/mqtt/reason_code.h"

#include <algorithm>
#include <array>
#include <utility>

namespace webpubsub::mqtt {
namespace {

using enum ReasonCode;

constexpr auto kNames = std::to_array<std::pair<ReasonCode, std::string_view>>({
    {Success, "success"},
    {GrantedQos1, "granted QoS 1"},
    {GrantedQos2, "granted QoS 2"},
    {DisconnectWithWill, "disconnect with will message"},
    {NoMatchingSubscribers, "no matching subscribers"},
    {NoSubscriptionExisted, "no subscription existed"},
    {ContinueAuthentication, "continue authentication"},
    {ReAuthenticate, "re-authenticate"},
    {UnspecifiedError, "unspecified error"},
    {MalformedPacket, "malformed packet"},
    {ProtocolError, "protocol error"},
    {ImplementationSpecificError, "implementation specific error"},
    {UnsupportedProtocolVersion, "unsupported protocol version"},
    {ClientIdentifierNotValid, "client identifier not valid"},
    {BadUserNameOrPassword, "bad user name or password"},
    {NotAuthorized, "not authorized"},
    {ServerUnavailable, "server unavailable"},
    {ServerBusy, "server busy"},
    {Banned, "banned"},
    {ServerShuttingDown, "server shutting down"},
    {BadAuthenticationMethod, "bad authentication method"},
    {KeepAliveTimeout, "keep alive timeout"},
    {SessionTakenOver, "session taken over"},
    {TopicFilterInvalid, "topic filter invalid"},
    {TopicNameInvalid, "topic name invalid"},
    {PacketIdentifierInUse, "packet identifier in use"},
    {PacketIdentifierNotFound, "packet identifier not found"},
    {ReceiveMaximumExceeded, "receive maximum exceeded"},
    {TopicAliasInvalid, "topic alias invalid"},
    {PacketTooLarge, "packet too large"},
    {MessageRateTooHigh, "message rate too high"},
    {QuotaExceeded, "quota exceeded"},
    {AdministrativeAction, "administrative action"},
    {PayloadFormatInvalid, "payload format invalid"},
    {RetainNotSupported, "retain not supported"},
    {QosNotSupported, "QoS not supported"},
    {UseAnotherServer, "use another server"},
    {ServerMoved, "server moved"},
    {SharedSubscriptionsNotSupported, "shared subscriptions not supported"},
    {ConnectionRateExceeded, "connection rate exceeded"},
    {MaximumConnectTime, "maximum connect time"},
    {SubscriptionIdentifiersNotSupported, "subscription identifiers not supported"},
    {WildcardSubscriptionsNotSupported, "wildcard subscriptions not supported"},
});

constexpr auto kReturnCodes =
    std::to_array<ReasonCode>({Success, UnsupportedProtocolVersion, ClientIdentifierNotValid,
                               ServerUnavailable, BadUserNameOrPassword, NotAuthorized});
constexpr std::uint8_t kServerUnavailable = 3;

}  // namespace

std::string_view to_string(ReasonCode reason) noexcept {
  const auto* found = std::ranges::find(kNames, reason, &decltype(kNames)::value_type::first);
  return found == kNames.end() ? "unknown" : found->second;
}

std::optional<ReasonCode> find_reason_code(std::uint8_t number) noexcept {
  const auto reason = static_cast<ReasonCode>(number);
  const bool known =
      std::ranges::binary_search(kNames, reason, {}, &decltype(kNames)::value_type::first);
  return known ? std::optional(reason) : std::nullopt;
}

std::uint8_t to_return_code(ReasonCode reason) noexcept {
  const auto* found = std::ranges::find(kReturnCodes, reason);
  if (found == kReturnCodes.end()) return reason == Banned ? 5 : kServerUnavailable;
  return static_cast<std::uint8_t>(found - kReturnCodes.begin());
}

std::optional<ReasonCode> from_return_code(std::uint8_t number) noexcept {
  return number < kReturnCodes.size() ? std::optional(kReturnCodes[number]) : std::nullopt;
}

}  // namespace webpubsub::mqtt
