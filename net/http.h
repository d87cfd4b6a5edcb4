// HTTP requests and responses, as both sides see them.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of header `name`, compared without regard to case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// Undoes %XX. Nothing for a broken escape. `plus_is_space` as in a query string.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// Escapes everything but unreserved characters (RFC 3986, section 2.3).
std::string percent_encode(std::string_view text);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;
/// Splits "a=1&b=2" and undoes its escapes, repeated names kept in order; broken escapes are kept
/// as they stand.
QueryParameters parse_query(std::string_view query);

struct HttpRequest {
  std::string method{};  // "GET", upper case
  std::string path{};    // still percent-encoded, without the query
  std::string query{};   // still percent-encoded, without the '?'
  Headers headers{};
  std::string body{};
  std::string peer{};  // address of the other end
};

struct HttpResponse {
  int status = 200;
  Headers headers{};  // without Content-Length, which is added
  std::string body{};
};

}  // namespace webpubsub::net
