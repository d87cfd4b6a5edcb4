#include "net/url.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/secret.h"

namespace webpubsub::net {

namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;
constexpr std::size_t kMaxName = 253;  // RFC 1035, section 2.3.4

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_host_text(std::string_view host) {
  return !host.empty() && host.size() <= kMaxName &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

// Splits "host", "host:port" or "[v6]:port". False when it is none of these.
bool split_authority(std::string_view text, Url& url, bool& has_port) {
  std::string_view host = text;
  std::string_view port;
  has_port = false;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!is_ipv6_literal(std::string(host)) || (!rest.empty() && rest.front() != ':')) return false;
    has_port = rest.size() > 1;
    if (has_port) port = rest.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    host = text.substr(0, colon);
    has_port = colon != std::string_view::npos && colon + 1 < text.size();
    if (has_port) port = text.substr(colon + 1);
    if (!is_host_text(host)) return false;
  }
  url.host = host;
  if (!has_port) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return error == std::errc{} && end == port.data() + port.size() && url.port != 0;
}

}  // namespace

bool is_ipv6_literal(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_literal_address(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || is_ipv6_literal(host);
}

Result<Url> parse_url(std::string_view text, std::string_view plain_scheme,
                      std::string_view tls_scheme) {
  const auto refuse = [&](const char* why) {
    return Error{Errc::InvalidArgument, "URL \"" + redact_url(text) + "\": " + why};
  };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refuse("no scheme");
  const std::string_view scheme = text.substr(0, colon);
  Url url;
  url.tls = same_ignoring_case(scheme, tls_scheme);
  if (!url.tls && !same_ignoring_case(scheme, plain_scheme)) return refuse("another scheme");
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F) return refuse("a space or control character");
    if (byte > 0x7F) return refuse("a character to be percent-encoded");
  }

  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  url.target = rest.substr(end);
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, 1, '/');
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_information = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  bool has_port = false;
  if (!split_authority(authority, url, has_port)) return refuse("no usable host and port");
  const std::uint16_t default_port = url.tls ? kTlsPort : kPlainPort;
  if (!has_port) url.port = default_port;
  url.authority = is_ipv6_literal(url.host) ? "[" + url.host + "]" : url.host;
  if (url.port != default_port) url.authority += ":" + std::to_string(url.port);
  return url;
}

}  // namespace webpubsub::net
