#include "bridge/rules/timestamp.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace gateway {

using std::chrono::milliseconds;

namespace {

// Seconds of our time have 9 to 11 digits, milliseconds 3 more, and so on.
constexpr double kLeastSeconds = 1e8;
constexpr double kLeastMilliseconds = 1e11;
constexpr double kLeastMicroseconds = 1e14;
constexpr double kLeastNanoseconds = 1e17;
constexpr double kTooMuch = 1e20;

std::optional<std::int64_t> of_number(double number) {
  if (number < kLeastSeconds || number >= kTooMuch) return std::nullopt;
  if (number < kLeastMilliseconds) return std::llround(number * 1e3);
  if (number < kLeastMicroseconds) return std::llround(number);
  if (number < kLeastNanoseconds) return std::llround(number / 1e3);
  return std::llround(number / 1e6);
}

/// Takes an RFC 3339 time apart, from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<std::int64_t> read() {
    const int year = digits(4);
    expect("-");
    const int month = digits(2);
    expect("-");
    const int day = digits(2);
    expect("Tt ");
    const int hour = digits(2);
    expect(":");
    const int minute = digits(2);
    expect(":");
    const int second = digits(2);
    const int fraction = milliseconds_behind_point();
    const int zone = zone_minutes();
    if (!right_ || !text_.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    const auto time = std::chrono::hours(hour) + std::chrono::minutes(minute - zone) +
                      std::chrono::seconds(second) + milliseconds(fraction);
    return std::chrono::duration_cast<milliseconds>(days + time).count();
  }

 private:
  int digits(std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool digit = i < text_.size() && text_[i] >= '0' && text_[i] <= '9';
      right_ = right_ && digit;
      if (digit) number = number * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(std::min(count, text_.size()));
    return number;
  }

  char expect(std::string_view any) {
    if (text_.empty() || any.find(text_.front()) == std::string_view::npos) {
      right_ = false;
      return '\0';
    }
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }

  int milliseconds_behind_point() {
    if (!text_.starts_with('.')) return 0;
    text_.remove_prefix(1);
    int fraction = 0;
    int weight = 100;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
      fraction += (text_[count] - '0') * weight;
      weight /= 10;
    }
    right_ = right_ && count > 0;
    text_.remove_prefix(count);
    return fraction;
  }

  int zone_minutes() {
    const char sign = expect("Zz+-");
    if (sign != '+' && sign != '-') return 0;
    const int hours = digits(2);
    expect(":");
    const int minutes = digits(2);
    if (hours > 23 || minutes > 59) right_ = false;
    return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }

  std::string_view text_;
  bool right_ = true;
};

}  // namespace

std::optional<std::int64_t> parse_timestamp(const Value& value) {
  if (value.kind != Value::Kind::Number && value.kind != Value::Kind::Text) return std::nullopt;
  if (const auto number = parse_number(value.text)) return of_number(*number);
  return Reader(value.text).read();
}

std::string format_timestamp(std::int64_t milliseconds_since) {
  using std::chrono::floor;
  const std::chrono::sys_time<milliseconds> time{milliseconds(milliseconds_since)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];  // NOLINT(modernize-avoid-c-arrays): snprintf's
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace gateway
