#include "bridge/downlink/deadline.h"

#include <algorithm>

#include "bridge/rules/timestamp.h"
#include "bridge/rules/value.h"

namespace gateway {

using std::chrono::milliseconds;

namespace {

// Nobody ran this before 2025: a clock that says so has not been set.
constexpr std::int64_t kEarliest = 1'735'689'600'000;
constexpr double kLongest = 365.0 * 24 * 3600 * 1000;  // ms; more is no deadline

std::optional<std::int64_t> time_of(const JsonValue& value) {
  const bool number = value.kind == JsonValue::Kind::Number;
  if (!number && value.kind != JsonValue::Kind::String) return std::nullopt;
  return parse_timestamp({number ? Value::Kind::Number : Value::Kind::Text, value.text});
}

}  // namespace

std::optional<milliseconds> time_left(const DeadlineValues& values, webpubsub::WallTime now) {
  double left = kLongest;
  if (values.lifetime != nullptr) {
    const auto seconds = values.lifetime->kind == JsonValue::Kind::Number
                             ? parse_number(values.lifetime->text)
                             : std::nullopt;
    if (!seconds) return std::nullopt;
    left = *seconds * 1e3;
  } else {
    const auto at = time_of(*values.at);
    if (!at) return std::nullopt;
    const auto clock = webpubsub::unix_milliseconds(now);
    const bool set = clock >= kEarliest;
    std::optional<std::int64_t> issued;
    if (values.issued != nullptr) {
      issued = time_of(*values.issued);
      if (!issued) return std::nullopt;
    } else if (!set) {
      return std::nullopt;
    }
    // Sent later than it is here: our clock is behind, and what is left is what it had when sent.
    const auto since = issued ? std::max(clock, *issued) : clock;
    left = static_cast<double>(*at - since +
                               (issued && since == *issued ? 0 : values.tolerance.count()));
  }
  if (!(left >= 1)) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(std::min(left, kLongest)));
}

}  // namespace gateway
