#include "webpubsub/protocol/names.h"

#include <algorithm>
#include <set>

#include "webpubsub/protocol/json_text.h"

namespace webpubsub {
namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier(std::string_view name, std::size_t max, std::string_view punctuation) {
  return !name.empty() && name.size() <= max && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [punctuation](char c) {
           return is_letter(c) || is_digit(c) || punctuation.find(c) != std::string_view::npos;
         });
}

}  // namespace

bool is_valid_hub_name(std::string_view name) { return is_identifier(name, kMaxHubName, "_`,.[]"); }

bool is_valid_event_name(std::string_view name) {
  return is_identifier(name, kMaxEventName, "_.-");
}

bool is_valid_metadata(const StringMap& metadata) {
  constexpr std::size_t kMaxKey = 256;
  constexpr std::size_t kMaxValue = 1024;
  constexpr std::size_t kMaxTotal = 8 * 1024;
  constexpr std::string_view kTokenPunctuation = "!#$%&'*+-.^_`|~";  // RFC 9110, section 5.6.2
  std::size_t total = 0;
  std::set<std::string_view> keys;
  for (const auto& [key, value] : metadata) {
    const bool token = std::all_of(key.begin(), key.end(), [=](char c) {
      return is_letter(c) || is_digit(c) || kTokenPunctuation.find(c) != std::string_view::npos;
    });
    if (key.empty() || key.size() > kMaxKey || value.size() > kMaxValue || !token) return false;
    if (!keys.insert(key).second) return false;
    total += key.size() + value.size();
  }
  return total <= kMaxTotal;
}

bool is_valid_stream_id(std::string_view id) {
  constexpr std::size_t kMaxId = 256;
  return !id.empty() && id.size() <= kMaxId;
}

bool is_valid_group_name(std::string_view name) {
  constexpr std::size_t kMaxBytesOfOne = 4;
  constexpr std::string_view kBlank = " \t\n\v\f\r";
  if (name.empty() || name.size() > kMaxBytesOfOne * kMaxGroupName) return false;
  if (name.find_first_not_of(kBlank) == std::string_view::npos || !is_valid_utf8(name)) {
    return false;
  }
  const auto characters = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // all but continuation bytes
  });
  return static_cast<std::size_t>(characters) <= kMaxGroupName;
}

}  // namespace webpubsub
