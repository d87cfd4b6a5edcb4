#include "hub/webhooks/webhook_session.h"

#include <algorithm>
#include <string_view>

#include "hub/text.h"

namespace webpubsub::hub {

namespace {

constexpr std::size_t kMaxCookies = 20;
constexpr std::size_t kMaxCookieBytes = 4096;

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' ||
         c == '-' || c == '.' || c == '!' || c == '#' || c == '$' || c == '%' || c == '&' ||
         c == '*' || c == '+' || c == '^' || c == '`' || c == '|' || c == '~' || c == '\'';
}

/// Where the next cookie of a joined header begins: behind a comma, when a name and '=' follow. A
/// date has a comma as well, but a blank and digits behind it.
std::size_t next_cookie(std::string_view text) {
  for (auto comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    auto at = text.find_first_not_of(' ', comma + 1);
    if (at == std::string_view::npos) break;
    const std::size_t name = at;
    while (at < text.size() && is_name_character(text[at])) ++at;
    if (at > name && at < text.size() && text[at] == '=') return comma;
  }
  return text.size();
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

void set_cookie(StringMap& cookies, std::string_view text) {
  std::string_view pair = text.substr(0, text.find(';'));
  const auto equals = pair.find('=');
  const std::string_view name = trim(pair.substr(0, equals));
  if (equals == std::string_view::npos || name.empty() || pair.size() > kMaxCookieBytes) return;
  const std::string_view value = trim(pair.substr(equals + 1));
  std::erase_if(cookies, [name](const auto& cookie) { return cookie.first == name; });
  const auto age =
      std::search(text.begin(), text.end(), std::begin("max-age=0"), std::end("max-age=0") - 1,
                  [](char a, char b) { return ascii_lower(a) == b; });
  if (age != text.end() || cookies.size() >= kMaxCookies) return;
  cookies.emplace_back(name, value);
}

}  // namespace

void WebhookSession::learn_from(const net::HttpResponse& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (equals_ignoring_case(name, "ce-connectionstate")) state = value;
    if (!equals_ignoring_case(name, "set-cookie")) continue;
    std::string_view rest = value;  // repeated headers may come joined
    while (!rest.empty()) {
      const std::size_t end = next_cookie(rest);
      set_cookie(cookies, trim(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
}

std::string WebhookSession::cookie_header() const {
  std::string header;
  for (const auto& [name, value] : cookies) {
    if (!header.empty()) header += "; ";
    header.append(name).append("=").append(value);
  }
  return header;
}

}  // namespace webpubsub::hub
