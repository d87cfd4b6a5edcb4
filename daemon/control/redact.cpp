#include "daemon/control/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "daemon/logging/printable.h"

namespace gateway {
namespace {

using webpubsub::Secret;

constexpr std::string_view kHidden = "***";
constexpr std::size_t kShownCharacters = 120;
constexpr std::string_view kEndOfWord = " \t\r\n\"'`<>&;,)}]";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool begins_with(std::string_view text, std::string_view lower_case_prefix) {
  if (text.size() < lower_case_prefix.size()) return false;
  return std::equal(lower_case_prefix.begin(), lower_case_prefix.end(), text.begin(),
                    [](char wanted, char c) { return wanted == lower(c); });
}

/// What stands at some place of a text: so much of it is kept, so much of it is a secret.
struct Found {
  std::size_t kept = 0;
  std::size_t hidden = 0;  // 0: nothing here
};

std::size_t word_length(std::string_view text) {
  return std::min(text.find_first_of(kEndOfWord), text.size());
}

/// "AccessKey=KEY", "access_token=TOKEN", "Bearer TOKEN".
Found marked_word(std::string_view text) {
  constexpr std::array<std::string_view, 5> kMarkers{"accesskey=", "access_token=", "bearer ",
                                                     "accesskey%3d", "access_token%3d"};
  for (const auto marker : kMarkers) {
    if (!begins_with(text, marker)) continue;
    return {.kept = marker.size(), .hidden = word_length(text.substr(marker.size()))};
  }
  return {};
}

/// The length of a value: to its closing quote, or to where a plain scalar of YAML may end.
std::size_t value_length(std::string_view text) {
  if (text.empty()) return 0;
  const char quote = text.front();
  if (quote != '"' && quote != '\'') return std::min(text.find_first_of("\r\n,}"), text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return text.size();
}

/// "password: VALUE", "secret=VALUE", "\"token\":\"VALUE\"". Not password_file: that is a path.
Found keyed_value(std::string_view text) {
  constexpr std::array<std::string_view, 10> kKeys{
      "password",   "passwd",  "passphrase",  "secret",     "token",
      "access_key", "api_key", "private_key", "credential", "authorization"};
  for (const auto key : kKeys) {
    if (!begins_with(text, key)) continue;
    std::size_t at = key.size();
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
    while (at < text.size() && text[at] == ' ') ++at;
    if (at >= text.size() || (text[at] != ':' && text[at] != '=')) continue;
    at = std::min(text.find_first_not_of(" \t", at + 1), text.size());
    return {.kept = at, .hidden = value_length(text.substr(at))};
  }
  return {};
}

/// "://USER:PASSWORD@": the password, which may itself hold '@' and ':'.
Found url_password(std::string_view text) {
  if (!text.starts_with("://")) return {};
  const auto authority =
      text.substr(3, std::min(text.find_first_of(" \t\r\n\"'<>/", 3), text.size()) - 3);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return {};
  return {.kept = 3 + colon + 1, .hidden = at - colon - 1};
}

bool is_of_token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

/// A JSON Web Token: three parts of base64url, of which the first begins with '{"'. What is too
/// long to look through counts as one: else each "eyJ" in it would cost a look at all that follows.
Found json_web_token(std::string_view text) {
  constexpr std::ptrdiff_t kLookedThrough = 4'096;
  if (!text.starts_with("eyJ")) return {};
  const auto near = text.begin() + std::min(kLookedThrough, std::ssize(text));
  auto end = std::find_if_not(text.begin(), near, is_of_token);
  if (end == near && near != text.end()) {
    end = std::find_if_not(near, text.end(), is_of_token);
  } else if (std::count(text.begin(), end, '.') < 2) {
    return {};
  }
  return {.hidden = static_cast<std::size_t>(end - text.begin())};
}

Found private_key(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  if (!text.starts_with(kBegin)) return {};
  const auto title_end = text.find("-----", kBegin.size());
  if (title_end == std::string_view::npos ||
      text.substr(0, title_end).find("PRIVATE KEY") == std::string_view::npos) {
    return {};
  }
  const auto end = text.find("-----END ", title_end);  // cut off: all of the rest
  return {.kept = title_end + 5,
          .hidden = std::min(end, text.size()) - std::min(title_end + 5, text.size())};
}

Found find_secret(std::string_view text) {
  for (const auto look : {marked_word, keyed_value, url_password, json_web_token, private_key}) {
    const Found found = look(text);
    if (found.hidden > 0) return found;
  }
  return {};
}

void add(std::vector<Secret>& secrets, std::string_view text) {
  // One or two characters are no secret, and to hide them would leave nothing to read.
  if (text.size() >= 3) secrets.emplace_back(std::string(text));
}

}  // namespace

namespace {

/// Ends when `most` bytes are out.
std::string hide_secrets(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  while (!text.empty() && out.size() < most) {
    const Found found = find_secret(text);
    if (found.hidden == 0) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, found.kept);
    out += kHidden;
    text.remove_prefix(found.kept + found.hidden);
  }
  return out;
}

/// Its first characters, if it is UTF-8; of anything else not much more.
std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && count-- == 0) break;
  }
  return text.substr(0, std::min(end, std::size_t{4} * kShownCharacters));
}

}  // namespace

std::string hide_secrets(std::string_view text) { return hide_secrets(text, std::string::npos); }

// A secret that begins among what is shown has to be seen as a whole to be known.
std::string shown_payload(std::string_view payload, const std::vector<Secret>& secrets) {
  const auto longest = secrets.empty() ? 0 : secrets.front().reveal().size();
  const auto hidden = hide_values(hide_secrets(payload, 4 * kShownCharacters + longest), secrets);
  return printable(first_characters(hidden, kShownCharacters));
}

std::vector<Secret> known_secrets(const Settings& settings) {
  std::vector<Secret> secrets;
  add(secrets, settings.mqtt.password.reveal());
  if (settings.webpubsub.connection_string) {
    add(secrets, settings.webpubsub.connection_string->access_key.reveal());
  }
  if (settings.webpubsub.client_access_url) {
    const auto url = settings.webpubsub.client_access_url->reveal();
    add(secrets, url);
    const auto token = url.find("access_token=");
    if (token != std::string_view::npos) add(secrets, url.substr(token + 13));
  }
  add(secrets, settings.webpubsub.negotiate_authorization.reveal());
  if (settings.webpubsub.negotiate) {
    const auto& negotiate = *settings.webpubsub.negotiate;
    for (const auto& [name, value] : negotiate.headers) add(secrets, value);
    add(secrets, negotiate.body);
    if (const auto query = negotiate.url.find('?'); query != std::string::npos) {
      add(secrets, std::string_view(negotiate.url).substr(query + 1));
    }
  }
  const std::string_view proxy = settings.webpubsub.proxy;
  if (const Found found = url_password(proxy.substr(std::min(proxy.find("://"), proxy.size())));
      found.hidden > 0) {
    add(secrets, proxy.substr(proxy.find("://") + found.kept, found.hidden));
  }
  for (const auto& key : settings.hub.access_keys) add(secrets, key.reveal());
  // One may hold another.
  std::stable_sort(secrets.begin(), secrets.end(), [](const Secret& a, const Secret& b) {
    return a.reveal().size() > b.reveal().size();
  });
  return secrets;
}

std::string hide_values(std::string text, const std::vector<Secret>& secrets) {
  for (const Secret& secret : secrets) {
    const auto value = secret.reveal();
    for (auto at = text.find(value); at != std::string::npos;
         at = text.find(value, at + kHidden.size())) {
      text.replace(at, value.size(), kHidden);
    }
  }
  return text;
}

}  // namespace gateway
