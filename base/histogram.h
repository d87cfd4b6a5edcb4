// How often a figure fell into which range, in buckets that are fixed: what a histogram metric
// shows.
//
// Counting is a short search and three additions, without memory of its own: fit for anything
// that happens once per batch or command.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"

namespace webpubsub {

class Histogram {
 public:
  static constexpr std::size_t kMaxBounds = 15;

  /// `bounds` are the upper, inclusive ends of the buckets, rising, and must outlive this; what
  /// lies above the last one has a bucket, too. At most kMaxBounds of them count.
  explicit constexpr Histogram(std::span<const double> bounds) noexcept
      : bounds_(bounds.first(std::min(bounds.size(), kMaxBounds))) {}

  void observe(double value) noexcept {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    ++counts_[static_cast<std::size_t>(bucket)];
    sum_ += value;
  }
  /// In seconds. A clock that went back counts as no time at all.
  void observe(Duration time) noexcept {
    observe(std::max(0.0, std::chrono::duration<double>(time).count()));
  }

  std::span<const double> bounds() const noexcept { return bounds_; }
  /// Of bucket `index` alone; the one after the last bound holds what is larger.
  std::uint64_t count(std::size_t index) const { return counts_[index]; }
  std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const auto each : counts_) all += each;
    return all;
  }
  double sum() const noexcept { return sum_; }

 private:
  std::span<const double> bounds_;
  std::array<std::uint64_t, kMaxBounds + 1> counts_{};
  double sum_ = 0;
};

}  // namespace webpubsub
