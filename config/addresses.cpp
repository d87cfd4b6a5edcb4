#include "config/addresses.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <arpa/inet.h>

namespace gateway::config {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return port;
}

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           is_ipv6(std::string(host.substr(1, host.size() - 2)));
  }
  return !host.empty() && host.size() <= 253 &&
         std::all_of(host.begin(), host.end(), is_host_character);
}

/// Where the port's ':' stands: behind the brackets of IPv6.
std::size_t find_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool inside = bracket != std::string_view::npos && colon < bracket;
  return inside ? std::string_view::npos : colon;
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = find_port(text);
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  std::string address(host);
  // inet_pton would stop at a NUL.
  if (!port || address.find('\0') != std::string::npos) return std::nullopt;
  if (brackets ? !is_ipv6(address) : !is_ipv4(address)) return std::nullopt;
  return ListenAddress{std::move(address), *port};
}

std::string format_listen_address(const std::string& address, std::uint16_t port) {
  const bool ipv6 = address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

bool is_loopback(const std::string& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::optional<Url> parse_url(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (std::any_of(text.begin(), text.end(), blank)) return std::nullopt;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, scheme_end);
  text.remove_prefix(scheme_end + 3);
  const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, authority_end);
  url.rest = text.substr(authority_end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_information = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  const auto colon = find_port(authority);
  url.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    url.port = parse_port(authority.substr(colon + 1));
    if (!url.port || *url.port == 0) return std::nullopt;
  }
  if (!is_host(url.host)) return std::nullopt;
  return url;
}

}  // namespace gateway::config
