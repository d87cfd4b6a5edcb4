#include "bridge/rules/decode/number_text.h"

#include <algorithm>

#include "bridge/rules/value.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kLongestUnit = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `text` without a unit behind its last digit; "12:30" has none.
std::string_view without_unit(std::string_view text) {
  const auto last = text.find_last_of("0123456789.");
  if (last == std::string_view::npos || text.size() - last - 1 > kLongestUnit) return text;
  return text.substr(0, last + 1);
}

}  // namespace

bool append_number(std::string& out, std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const auto number = parse_number(text);
  if (!number) return false;
  // What C reads as a number JSON may not: "05", ".5".
  const auto first = text.find_first_of("0123456789.");
  const bool as_it_is =
      text.back() != '.' && is_digit(text[first]) &&
      (text[first] != '0' || first + 1 == text.size() || !is_digit(text[first + 1])) &&
      webpubsub::is_valid_json(text);
  if (as_it_is) {
    out += text;
  } else {
    out += format_number(*number);
  }
  return true;
}

bool NumberText::decode(const Message& message, Decoded& out,
                        std::vector<DeviceRequest>& /*requests*/) {
  auto text = message.payload;
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  if (!webpubsub::is_valid_utf8(text) || !append_number(out.begin(), without_unit(text))) {
    return false;
  }
  out.end();
  return true;
}

}  // namespace gateway
