#include "bridge/downlink/deadline.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bridge/rules/value.h"

namespace gateway {

using std::chrono::milliseconds;

namespace {

// Nobody ran this before 2025: a clock that says so has not been set.
constexpr std::int64_t kEarliest = 1'735'689'600'000;
constexpr double kLongest = 365.0 * 24 * 3600 * 1000;  // ms; more is no deadline

/// `count` digits at `at`, which moves past them.
std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  int number = 0;
  if (text.size() < at + count) return std::nullopt;
  const auto* const end = text.data() + at + count;
  const auto [rest, error] = std::from_chars(text.data() + at, end, number);
  if (error != std::errc{} || rest != end || text[at] == '-') return std::nullopt;
  at += count;
  return number;
}

bool skip(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

/// The rest of an RFC 3339 time: "Z" or "+01:00", in minutes.
std::optional<int> parse_zone(std::string_view text, std::size_t at) {
  if (text.substr(at) == "Z" || text.substr(at) == "z") return 0;
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const int sign = text[at] == '-' ? -1 : 1;
  ++at;
  const auto hours = digits(text, at, 2);
  if (!hours || !skip(text, at, ':')) return std::nullopt;
  const auto minutes = digits(text, at, 2);
  if (!minutes || *hours > 23 || *minutes > 59 || at != text.size()) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

/// "2026-11-21T16:00:00.5+01:00".
std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = digits(text, at, 4);
  if (!year || !skip(text, at, '-')) return std::nullopt;
  const auto month = digits(text, at, 2);
  if (!month || !skip(text, at, '-')) return std::nullopt;
  const auto day = digits(text, at, 2);
  if (!day || at >= text.size() || (text[at] != 'T' && text[at] != 't' && text[at] != ' ')) {
    return std::nullopt;
  }
  ++at;
  const auto hour = digits(text, at, 2);
  if (!hour || !skip(text, at, ':')) return std::nullopt;
  const auto minute = digits(text, at, 2);
  if (!minute || !skip(text, at, ':')) return std::nullopt;
  const auto second = digits(text, at, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  int fraction = 0;
  if (skip(text, at, '.')) {
    int weight = 100;
    const auto begin = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, weight /= 10) {
      fraction += (text[at] - '0') * weight;
    }
    if (at == begin) return std::nullopt;
  }
  const auto zone = parse_zone(text, at);
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!zone || !date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const auto time = std::chrono::hours(*hour) + std::chrono::minutes(*minute - *zone) +
                    std::chrono::seconds(*second) + milliseconds(fraction);
  return std::chrono::duration_cast<milliseconds>(days + time).count();
}

}  // namespace

std::optional<std::int64_t> parse_time(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::String) return parse_rfc3339(value.text);
  if (value.kind != JsonValue::Kind::Number) return std::nullopt;
  const auto number = parse_number(value.text);
  if (!number || *number <= 0) return std::nullopt;
  // Seconds of this century have 10 digits, milliseconds 13, and so on.
  double time = *number;
  if (time < 1e11) return std::llround(time * 1e3);
  if (time < 1e14) return std::llround(time);
  if (time < 1e17) return std::llround(time / 1e3);
  if (time < 1e20) return std::llround(time / 1e6);
  return std::nullopt;
}

std::optional<milliseconds> time_left(const DeadlineValues& values, webpubsub::WallTime now) {
  double left = kLongest;
  if (values.lifetime != nullptr) {
    const auto seconds = values.lifetime->kind == JsonValue::Kind::Number
                             ? parse_number(values.lifetime->text)
                             : std::nullopt;
    if (!seconds) return std::nullopt;
    left = *seconds * 1e3;
  } else {
    const auto at = parse_time(*values.at);
    if (!at) return std::nullopt;
    const auto clock = webpubsub::unix_milliseconds(now);
    const bool set = clock >= kEarliest;
    std::optional<std::int64_t> issued;
    if (values.issued != nullptr) {
      issued = parse_time(*values.issued);
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
