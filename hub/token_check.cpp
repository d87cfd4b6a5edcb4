#include "hub/token_check.h"

#include <algorithm>
#include <utility>

#include "hub/text.h"

namespace webpubsub::hub {

namespace {

constexpr std::chrono::seconds kSkew{300};  // reference, section 2.2

Error unauthorized(std::string message) { return {Errc::Unauthorized, std::move(message), 401}; }

/// The query parameter outweighs the header; browsers can only set the former.
std::string client_token(const net::HttpRequest& request) {
  for (auto& [name, value] : net::parse_query(request.query)) {
    if (equals_ignoring_case(name, "access_token")) return std::move(value);
  }
  return {};
}

std::string bearer_token(const net::HttpRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto header = net::find_header(request.headers, "authorization");
  if (!header || !equals_ignoring_case(header->substr(0, kScheme.size()), kScheme)) return {};
  return std::string(header->substr(kScheme.size()));
}

struct Audience {
  std::string_view scheme;
  std::string_view rest;  // behind "://"
};

std::optional<Audience> split_audience(std::string_view audience) {
  const std::size_t colon = audience.find("://");
  if (colon == audience.npos) return std::nullopt;
  return Audience{audience.substr(0, colon), audience.substr(colon + 3)};
}

bool is_one_of(std::string_view scheme, std::initializer_list<std::string_view> schemes) {
  return std::any_of(schemes.begin(), schemes.end(), [&](std::string_view candidate) {
    return equals_ignoring_case(scheme, candidate);
  });
}

/// `audience` is `resource` itself, or goes on behind a border: a stale query, a slash, a child.
bool covers(std::string_view audience, std::string_view resource) {
  return equals_ignoring_case(audience.substr(0, resource.size()), resource) &&
         (audience.size() == resource.size() || audience[resource.size()] == '/' ||
          audience[resource.size()] == '?');
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string decode_path(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size()) {
      const int high = hex_digit(path[i + 1]);
      const int low = hex_digit(path[i + 2]);
      const int byte = high * 16 + low;
      if (high >= 0 && low >= 0 && byte != '/') {
        decoded += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    decoded += path[i];
  }
  return decoded;
}

std::string normal_authority(std::string_view host, bool tls) {
  const std::string_view port = tls ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  return std::string(host);
}

std::vector<std::string> TokenCheck::authorities(const net::HttpRequest& request) const {
  std::vector<std::string> known{normal_authority(authority_, tls_)};
  if (const auto host = net::find_header(request.headers, "host")) {
    known.push_back(normal_authority(*host, tls_));
  }
  return known;
}

std::string TokenCheck::endpoint_for(const net::HttpRequest& request) const {
  return (tls_ ? "https://" : "http://") + authorities(request).back();
}

Result<VerifiedToken> TokenCheck::verify(std::string_view token, WallTime now) const {
  return verify_token(token, access_keys_, now, kSkew);
}

Result<VerifiedToken> TokenCheck::client(const net::HttpRequest& request, std::string_view hub,
                                         WallTime now, std::string_view path) const {
  std::string token = client_token(request);
  if (token.empty()) token = bearer_token(request);
  if (token.empty()) return unauthorized("no access token");
  auto verified = verify(token, now);
  if (!verified) return std::move(verified).error();

  // The whole string must match: neither a slash nor a query behind the hub's name.
  for (const std::string& authority : authorities(request)) {
    const std::string plain = std::string(authority).append(path).append(hub);
    const std::string escaped = std::string(authority).append(path) + net::percent_encode(hub);
    for (const std::string& text : verified->audiences) {
      const auto audience = split_audience(text);
      if (audience && is_one_of(audience->scheme, {"http", "https"}) &&
          (equals_ignoring_case(audience->rest, plain) ||
           equals_ignoring_case(audience->rest, escaped))) {
        return verified;
      }
    }
  }
  return unauthorized("the token is made out to another audience");
}

Result<void> TokenCheck::rest(const net::HttpRequest& request, WallTime now) const {
  const std::string token = bearer_token(request);
  if (token.empty()) return unauthorized("no bearer token");
  const auto verified = verify(token, now);
  if (!verified) return verified.error();

  const std::string decoded_path = decode_path(request.path);
  for (const std::string& authority : authorities(request)) {
    for (const std::string& text : verified->audiences) {
      const auto audience = split_audience(text);
      if (!audience || !is_one_of(audience->scheme, {"http", "https", "ws", "wss"})) continue;
      if (covers(audience->rest, authority + request.path) ||
          covers(decode_path(audience->rest), authority + decoded_path)) {
        return {};
      }
    }
  }
  return unauthorized("the token is made out to another audience than this URL without its query");
}

}  // namespace webpubsub::hub
