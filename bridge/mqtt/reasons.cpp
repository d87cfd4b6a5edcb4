#include "bridge/mqtt/reasons.h"

#include <string>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;

namespace {

struct Reason {
  Errc code;
  const char* words;
};

Reason connack_v3(int code) {
  switch (code) {
    case 1:
      return {Errc::Protocol, "it does not speak this version of MQTT"};
    case 2:
      return {Errc::InvalidArgument, "it does not accept our client id"};
    case 3:
      return {Errc::Unavailable, "it says it is not available"};
    case 4:
      return {Errc::Unauthorized, "wrong user name or password"};
    case 5:
      return {Errc::Unauthorized, "not authorized: it wants other credentials, or none are set"};
    default:
      return {Errc::Unavailable, "for a reason of its own"};
  }
}

Reason reason_v5(int code) {
  switch (code) {
    case 0x81:
    case 0x82:
      return {Errc::Protocol, "it found a fault in what we sent"};
    case 0x84:
      return {Errc::Protocol, "it does not speak this version of MQTT"};
    case 0x85:
      return {Errc::InvalidArgument, "it does not accept our client id"};
    case 0x86:
      return {Errc::Unauthorized, "wrong user name or password"};
    case 0x87:
      return {Errc::Unauthorized, "not authorized"};
    case 0x88:
      return {Errc::Unavailable, "it says it is not available"};
    case 0x89:
      return {Errc::Unavailable, "it says it is busy"};
    case 0x8A:
      return {Errc::Unauthorized, "it has banned us"};
    case 0x8B:
      return {Errc::Unavailable, "it is shutting down"};
    case 0x8C:
      return {Errc::Unauthorized, "it wants another way of authentication"};
    case 0x8D:
      return {Errc::Timeout, "it did not hear from us within the keep-alive"};
    case 0x8E:
      return {Errc::Unavailable,
              "another client connected with our client id and took the session over: client ids "
              "must be unique"};
    case 0x8F:
      return {Errc::InvalidArgument, "it does not accept the topic filter"};
    case 0x90:
      return {Errc::InvalidArgument, "it does not accept the topic"};
    case 0x93:
    case 0x96:
      return {Errc::ResourceExhausted, "we sent more at once than it allows"};
    case 0x95:
      return {Errc::ResourceExhausted, "the packet was larger than it allows"};
    case 0x97:
      return {Errc::ResourceExhausted, "a quota is used up"};
    case 0x98:
      return {Errc::Unavailable, "an administrator of the broker ended it"};
    case 0x9A:
      return {Errc::InvalidArgument, "it does not keep retained messages"};
    case 0x9B:
      return {Errc::InvalidArgument, "it does not support this QoS"};
    case 0x9C:
    case 0x9D:
      return {Errc::Unavailable, "it has moved, or wants us to use another server"};
    case 0x9E:
      return {Errc::InvalidArgument, "it does not support shared subscriptions"};
    case 0x9F:
      return {Errc::Unavailable, "we connect more often than it allows"};
    case 0xA2:
      return {Errc::InvalidArgument, "it does not support wildcards in subscriptions"};
    default:
      return {Errc::Unavailable, "for a reason of its own"};
  }
}

Error said(const std::string& what, const Reason& reason, int code) {
  return {reason.code, what + ": " + reason.words + " (code " + std::to_string(code) + ")", code};
}

}  // namespace

Error connect_refused(int code, const std::string& broker) {
  return said(broker + " refused the connection", code < 0x80 ? connack_v3(code) : reason_v5(code),
              code);
}

bool is_version_refused(int code) noexcept { return code == 1 || code == 0x84; }

bool needs_operator(const Error& why) noexcept {
  return why.code == Errc::Unauthorized || why.code == Errc::InvalidArgument;
}

Error connection_ended(int code, const std::string& broker) {
  if (code < 0x80) return {Errc::Unavailable, "the connection to " + broker + " was lost"};
  return said(broker + " ended the connection", reason_v5(code), code);
}

Error subscription_refused(int code) {
  // 0x80 is all that MQTT 3.1.1 can say, and access rules are why brokers say it.
  if (code == 0x80) {
    return {Errc::Unauthorized, "the broker refused the subscription, most likely its access rules",
            code};
  }
  return said("the broker refused the subscription", reason_v5(code), code);
}

Error publication_refused(int code) {
  return said("the broker refused the message", reason_v5(code), code);
}

}  // namespace gateway
