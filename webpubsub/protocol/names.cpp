#include "webpubsub/protocol/names.h"

#include <algorithm>

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
