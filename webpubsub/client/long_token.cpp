#include "webpubsub/client/long_token.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "net/http.h"

namespace webpubsub {
namespace {

constexpr std::size_t kLongUrl = 1'900;  // with its host; path and query may have 2,000
constexpr std::string_view kParameter = "access_token=";

/// Where the parameter begins, or npos.
std::size_t find_token(std::string_view url) {
  std::size_t at = url.find('?');
  while (at != std::string_view::npos) {
    ++at;
    if (url.substr(at, kParameter.size()) == kParameter) return at;
    at = url.find('&', at);
  }
  return std::string_view::npos;
}

}  // namespace

void move_long_token(net::WebSocketClientOptions& options) {
  std::string& url = options.url;
  if (url.size() <= kLongUrl) return;
  const std::size_t begin = find_token(url);
  if (begin == std::string::npos) return;
  const std::size_t end = std::min(url.find('&', begin), url.size());
  const std::size_t value = begin + kParameter.size();
  auto token = net::percent_decode(std::string_view(url).substr(value, end - value), true);
  if (!token) return;
  options.headers.emplace_back("Authorization", "Bearer " + *token);
  // With the separator behind it, or, of the last parameter, the one before.
  if (end < url.size()) {
    url.erase(begin, end + 1 - begin);
  } else {
    url.erase(begin - 1);
  }
}

}  // namespace webpubsub
