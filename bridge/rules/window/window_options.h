// window: readings of a while, told as one.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway {

struct WindowFunction {
  enum class Kind : std::uint8_t {
    Min,
    Max,
    Mean,
    Sum,
    Count,  // of any value
    First,
    Last,
    Percentile,  // `percent`; the median is the 50th
    Rate,        // change per second, from the first to the last
    Duty,        // share of the time in which it was on: true, or not 0
  };
  Kind kind = Kind::Mean;
  double percent = 50;
  bool operator==(const WindowFunction&) const = default;

  /// As the configuration spells it: "mean", "median", "p95", "p99.9".
  std::string name() const;
};

struct WindowField {
  std::string field{};
  std::vector<WindowFunction> functions{};
  bool bare = false;  // one function, whose result is the field's value
  bool operator==(const WindowField&) const = default;
};

/// What to do with a reading of a time that was told already.
enum class LateReadings : std::uint8_t {
  Drop,
  Next,  // it counts as one of now
};

/// By time if `every` is set, by count else. A window covers `panes` steps: one is a tumbling
/// window, more a sliding one.
struct WindowOptions {
  static constexpr std::size_t kMaxPanes = 100;

  std::chrono::milliseconds every{0};  // a step; windows begin at multiples of it since 1970
  std::uint64_t count = 0;             // readings of a step
  std::size_t panes = 1;
  std::chrono::milliseconds wait{0};  // for readings that are on their way
  LateReadings late = LateReadings::Drop;
  std::string per{};  // as ReadingKey has it
  std::vector<WindowField> compute{};
  bool operator==(const WindowOptions&) const = default;

  bool is_set() const noexcept { return !compute.empty(); }
  bool by_time() const noexcept { return every.count() > 0; }
};

}  // namespace gateway
