#include "bridge/rules/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

std::optional<double> as_number(const Value& value) {
  if (value.kind != Value::Kind::Number) return std::nullopt;
  return parse_number(value.text);
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  // from_chars reads "inf" and "nan" too.
  if (error != std::errc{} || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string format_number(double number) {
  // "1e+20" is what std::to_chars() makes of large ones; JSON reads that as well.
  std::array<char, 32> digits{};
  if (number == 0) number = 0;  // without a sign
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

void append_json(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::Absent:
    case Value::Kind::Null:
      out += "null";
      return;
    case Value::Kind::Text:
      webpubsub::append_json_string(out, value.text);
      return;
    case Value::Kind::Bool:
    case Value::Kind::Number:
    case Value::Kind::Json:
      out += value.text;
      return;
  }
}

}  // namespace gateway
