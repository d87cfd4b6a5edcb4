#include "bridge/rules/convert/conversion.h"

#include <algorithm>
#include <cmath>

#include "base/trimmed.h"

namespace gateway {

using webpubsub::trimmed;

namespace {

constexpr double kLargestWhole = 9007199254740992;  // 2^53: beyond it doubles leave some out

std::optional<double> bits_of(const Conversion::Bits& bits, double number) {
  if (number < 0 || number > kLargestWhole || number != std::floor(number)) return std::nullopt;
  const auto whole = static_cast<std::uint64_t>(number) >> bits.first;
  return static_cast<double>(whole & ((std::uint64_t{1} << bits.count) - 1));
}

double along(const std::vector<Conversion::Point>& points, double number) {
  // The last point below, but never the very last: a line needs a second one.
  auto right = std::find_if(points.begin() + 1, points.end() - 1,
                            [&](const auto& point) { return number < point.from; });
  const auto& low = *(right - 1);
  const auto& high = *right;
  return low.to + (number - low.from) * (high.to - low.to) / (high.from - low.from);
}

/// The entry for `value`, which may be a number written in another way; nullptr without one.
const Conversion::Entry* entry_for(const std::vector<Conversion::Entry>& map, const Value& value) {
  const auto number = as_number(value);
  const Conversion::Entry* any = nullptr;
  for (const auto& entry : map) {
    if (entry.from == "*") {
      any = &entry;
    } else if (entry.from == value.text || (number && parse_number(entry.from) == number)) {
      return &entry;
    }
  }
  return any;
}

}  // namespace

std::optional<Value> Conversion::apply(const Value& value, Arena& arena) const {
  if (value.kind == Value::Kind::Null || value.kind == Value::Kind::Absent) return value;
  Value current = value;
  if (number && current.kind == Value::Kind::Text) {
    const auto parsed = parse_number(trimmed(current.text));
    if (!parsed) return std::nullopt;
    current = {Value::Kind::Number, arena.keep(format_number(*parsed))};
  }
  if (bits) {
    const auto whole = as_number(current);
    const auto part = whole ? bits_of(*bits, *whole) : std::nullopt;
    if (!part) return std::nullopt;
    current = {Value::Kind::Number, arena.keep(format_number(*part))};
  }
  if (!map.empty()) {
    if (current.kind == Value::Kind::Json) return std::nullopt;
    if (const auto* entry = entry_for(map, current)) return entry->to.view();
  }
  if (!calculates()) return current;
  const auto before = as_number(current);
  if (!before) return std::nullopt;
  const auto after = calculate(*before);
  if (!std::isfinite(after)) return std::nullopt;
  if (after == *before) return current;  // its digits as they came
  return Value{Value::Kind::Number, arena.keep(format_number(after))};
}

bool Conversion::calculates() const {
  return !points.empty() || scale != 1 || offset != 0 || min || max || round;
}

double Conversion::calculate(double number_before) const {
  auto result = number_before;
  if (!points.empty()) result = along(points, result);
  result = result * scale + offset;
  if (min) result = std::max(result, *min);
  if (max) result = std::min(result, *max);
  if (round) {
    const auto factor = std::pow(10.0, *round);
    const auto rounded = std::round(result * factor) / factor;
    if (std::isfinite(rounded)) result = rounded;  // too large to have decimals otherwise
  }
  return result;
}

}  // namespace gateway
