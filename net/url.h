// The addresses a client is given: ws, wss, http and https URLs (RFC 3986).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace webpubsub::net {

struct Url {
  bool tls = false;      // wss or https
  std::string host{};    // name or literal address; IPv6 without brackets
  std::uint16_t port{};  // the scheme's when not given
  std::string target{};  // path and query as given, "/" at least; no fragment
  std::string user_information{};
  std::string authority{};  // for the Host header: no user information, no default port
};

/// Errors: InvalidArgument, without the URL's query or user information in the text.
Result<Url> parse_url(std::string_view text, std::string_view plain_scheme,
                      std::string_view tls_scheme);

/// Whether `host` is an address and needs no resolving.
bool is_literal_address(const std::string& host);
bool is_ipv6_literal(const std::string& host);

}  // namespace webpubsub::net
