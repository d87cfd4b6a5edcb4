// What is kept of one field over a step of a window.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bridge/rules/value.h"
#include "bridge/rules/window/digest.h"
#include "bridge/rules/window/window_options.h"

namespace gateway {

/// Little and of bounded size, whatever comes. Aggregates of neighbouring steps merge.
class Aggregate {
 public:
  /// Larger values than this are not kept as the first or last.
  static constexpr std::size_t kMaxText = 256;

  /// Whether the value was on before anything is added, and from when on that counts.
  void carry(bool on, std::int64_t time);
  /// In any order of time. `with_percentiles`: these cost more, so only where they are asked for.
  void add(const Value& value, std::int64_t time, bool with_percentiles);
  /// Nothing comes any more: what was on last was so until `time`.
  void end(std::int64_t time);
  /// Adds what a later step has.
  void merge(const Aggregate& later);

  /// Appends the result as JSON; null for one that there are not enough values for.
  void append(std::string& out, const WindowFunction& function);
  /// Whether the last value was on, if there was any.
  std::optional<bool> on() const noexcept { return on_; }

 private:
  void keep_ends(const Value& value, std::int64_t time);

  struct Point {
    double number = 0;
    std::int64_t time = 0;
  };

  std::uint64_t values_ = 0;
  std::uint64_t numbers_ = 0;
  double sum_ = 0;
  double min_ = 0;
  double max_ = 0;
  OwnedValue first_{};  // by time, as they may come in any order
  OwnedValue last_{};
  std::int64_t first_time_ = 0;
  std::int64_t last_time_ = 0;
  Point first_number_{};
  Point last_number_{};
  std::optional<bool> on_{};
  std::int64_t on_since_ = 0;  // or off
  std::int64_t on_time_ = 0;
  std::int64_t known_time_ = 0;
  Digest digest_{};
};

}  // namespace gateway
