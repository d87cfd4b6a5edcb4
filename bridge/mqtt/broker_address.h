// A broker's address as people write it: mqtt://host:1883, mqtts://host, mqtt://[::1].

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gateway {

struct BrokerAddress {
  bool tls = false;
  std::string host{};  // an IPv6 address without its brackets
  std::uint16_t port = 0;

  /// "mqtt://host:port", for people; there is nothing secret in it.
  std::string text() const;
};

/// The port may be left out: 1883, or 8883 for mqtts. User and password do not belong here: they
/// would end up in logs.
/// Errors: InvalidArgument, with what would be right.
webpubsub::Result<BrokerAddress> parse_broker_address(std::string_view text);

}  // namespace gateway
