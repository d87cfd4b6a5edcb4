#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace webpubsub {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurationUnits{
    Unit{"d", 86'400'000'000}, Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000},
    Unit{"s", 1'000'000},      Unit{"ms", 1'000},        Unit{"us", 1},
};

constexpr std::array kSizeUnits{
    Unit{"GiB", 1ULL << 30U},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1ULL << 20U},
    Unit{"MB", 1'000'000},
    Unit{"KiB", 1ULL << 10U},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

Error wrong(std::string_view what, std::string_view text, std::string_view example) {
  return {Errc::InvalidArgument, std::string(what) + " expected, such as " + std::string(example) +
                                     "; got \"" + std::string(text) + "\""};
}

template <std::size_t N>
Result<std::uint64_t> parse_scaled(std::string_view text, const std::array<Unit, N>& units,
                                   std::string_view what, std::string_view example) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return wrong(what, text, example);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit.empty() && number == 0) return std::uint64_t{0};
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    // Signed 64-bit durations bound both kinds.
    if (number >
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / known.factor) {
      return wrong(what, text, example);
    }
    return number * known.factor;
  }
  return wrong(what, text, example);
}

template <std::size_t N>
std::string format_scaled(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<std::chrono::microseconds> parse_duration(std::string_view text) {
  auto count = parse_scaled(text, kDurationUnits, "a duration", "50ms, 10s or 1h");
  if (!count) return count.error();
  return std::chrono::microseconds(static_cast<std::int64_t>(*count));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_scaled(text, kSizeUnits, "a size", "64KiB or 1MB");
}

Result<double> parse_rate(std::string_view text) {
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (error == std::errc{} && std::isfinite(number) && number >= 0) {
    if (unit == "/s") return number;
    if (unit == "/m") return number / 60;
    if (unit == "/h") return number / 3600;
  }
  return wrong("a rate", text, "20/s or 100/m");
}

std::string format_duration(std::chrono::microseconds duration) {
  return format_scaled(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

std::string rough_duration(std::chrono::microseconds duration) {
  using std::chrono::days;
  using std::chrono::duration_cast;
  using std::chrono::floor;
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::round;
  using std::chrono::seconds;
  using namespace std::chrono_literals;
  if (duration < 1s) return std::to_string(duration_cast<milliseconds>(duration).count()) + "ms";
  const auto whole = round<seconds>(duration);
  const auto two = [](auto large, std::string_view unit, auto small, std::string_view rest) {
    std::string text = std::to_string(large.count()) + std::string(unit);
    if (small.count() > 0) text += " " + std::to_string(small.count()) + std::string(rest);
    return text;
  };
  if (whole < 1min) return std::to_string(whole.count()) + "s";
  if (whole < 1h) return two(floor<minutes>(whole), "m", whole % 1min, "s");
  const auto to_minutes = round<minutes>(whole);
  if (to_minutes < 24h) return two(floor<hours>(to_minutes), "h", to_minutes % 1h, "m");
  const auto to_hours = round<hours>(whole);
  return two(floor<days>(to_hours), "d", to_hours % 24h, "h");
}

std::string format_size(std::uint64_t bytes) { return format_scaled(bytes, kSizeUnits); }

std::string format_rate(double per_second) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), per_second);
  return std::string(text.data(), error == std::errc{} ? end : text.data()) + "/s";
}

}  // namespace webpubsub
