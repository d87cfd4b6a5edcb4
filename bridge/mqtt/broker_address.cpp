#include "bridge/mqtt/broker_address.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::string_view kPlain = "mqtt://";
constexpr std::string_view kTls = "mqtts://";
constexpr std::uint16_t kPlainPort = 1883;  // as registered for MQTT, and for MQTT over TLS
constexpr std::uint16_t kTlsPort = 8883;

Error invalid(std::string message) { return {Errc::InvalidArgument, std::move(message)}; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_address_character(char c) {  // of an IPv6 address
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
         c == '.';
}

}  // namespace

std::string BrokerAddress::text() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return std::string(tls ? kTls : kPlain) + (bracketed ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

Result<BrokerAddress> parse_broker_address(std::string_view text) {
  BrokerAddress address;
  if (text.starts_with(kTls)) {
    address.tls = true;
    text.remove_prefix(kTls.size());
  } else if (text.starts_with(kPlain)) {
    text.remove_prefix(kPlain.size());
  } else {
    return invalid("a broker address starts with mqtt:// or mqtts://");
  }
  address.port = address.tls ? kTlsPort : kPlainPort;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('@') != std::string_view::npos) {
    return invalid("user name and password have keys of their own, not a place in the address");
  }
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return invalid("the address has no closing ']'");
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    has_port = !rest.empty();
    if (has_port && rest.front() != ':') return invalid("after ']' only a port may follow");
    if (has_port) port = rest.substr(1);
    if (host.find(':') == std::string_view::npos ||
        !std::all_of(host.begin(), host.end(), is_address_character)) {
      return invalid("between brackets stands an IPv6 address, as in mqtt://[::1]:1883");
    }
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    host = text.substr(0, colon);
    if (has_port) port = text.substr(colon + 1);
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) {
      return invalid("the address has no valid host name: write mqtt://HOST:PORT");
    }
  }
  address.host = host;
  if (has_port) {
    const auto number = parse_port(port);
    if (!number) return invalid("a port is a number from 1 to 65535");
    address.port = *number;
  }
  return address;
}

}  // namespace gateway
