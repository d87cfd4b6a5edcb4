#include "webpubsub/auth/connection_string.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/trimmed.h"

namespace webpubsub {
namespace {

Error wrong(std::string_view what) {
  return {Errc::InvalidArgument, "connection string: " + std::string(what), 0};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return result;
}

struct Parts {
  std::optional<std::string_view> endpoint{};
  std::optional<std::string_view> access_key{};
  std::optional<std::string_view> port{};
};

Result<Parts> split(std::string_view text) {
  Parts parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const std::string_view segment = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = segment.find('=');  // the first one: keys end in '='
    if (equals == std::string_view::npos) continue;
    const std::string name = lower(trimmed(segment.substr(0, equals)));
    const std::string_view value = trimmed(segment.substr(equals + 1));
    std::optional<std::string_view>* place = nullptr;
    if (name == "endpoint") place = &parts.endpoint;
    if (name == "accesskey") place = &parts.access_key;
    if (name == "port") place = &parts.port;
    if (place == nullptr) continue;  // Version, and what may come
    if (*place) return wrong(name + " is given twice");
    *place = value;
  }
  return parts;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// Where the ':' of a port would be: behind the brackets of an IPv6 address.
std::size_t find_port(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_host(std::string_view host) {
  if (std::any_of(host.begin(), host.end(), is_control)) return false;
  if (host.starts_with('[')) return host.size() > 2 && host.ends_with(']');
  return !host.empty() && host.find_first_of("[]@:?#\\ \t%") == std::string_view::npos;
}

/// Scheme, host and port without what is usual for the scheme: audiences are made of it.
Result<std::string> parse_endpoint(std::string_view text,
                                   std::optional<std::string_view> port_part) {
  std::string scheme = "https";
  if (const auto end = text.find("://"); end != std::string_view::npos) {
    scheme = lower(text.substr(0, end));
    text.remove_prefix(end + 3);
  }
  if (scheme != "http" && scheme != "https") {
    return wrong("Endpoint must begin with https:// or http://");
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('/') != std::string_view::npos) return wrong("Endpoint must not have a path");

  const auto colon = find_port(text);
  const std::string_view host = text.substr(0, colon);
  if (!is_host(host)) return wrong("Endpoint has no valid host name");
  std::optional<std::uint16_t> port;
  if (colon != std::string_view::npos) {
    port = parse_port(text.substr(colon + 1));
    if (!port) return wrong("the port in Endpoint is not a number from 1 to 65535");
  }
  if (port_part) {
    port = parse_port(*port_part);
    if (!port) return wrong("Port is not a number from 1 to 65535");
  }
  const std::uint16_t usual = scheme == "http" ? 80 : 443;
  std::string endpoint = scheme + "://" + lower(host);
  if (port && *port != usual) endpoint += ":" + std::to_string(*port);
  return endpoint;
}

}  // namespace

Result<ConnectionString> parse_connection_string(std::string_view text) {
  const auto parts = split(trimmed(text));
  if (!parts) return parts.error();
  if (!parts->endpoint || parts->endpoint->empty()) return wrong("Endpoint is missing");
  if (!parts->access_key || parts->access_key->empty()) return wrong("AccessKey is missing");
  auto endpoint = parse_endpoint(*parts->endpoint, parts->port);
  if (!endpoint) return std::move(endpoint).error();
  return ConnectionString{std::move(endpoint).value(), Secret(std::string(*parts->access_key))};
}

}  // namespace webpubsub
