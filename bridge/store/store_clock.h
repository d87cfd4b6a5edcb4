// How long things have been in the store, whatever happens to the time of day.
//
// Boards without a battery wake up in 1970 and learn the time later; a clock that jumps by years
// must neither expire a backlog nor keep it for ever. So ages are counted on a clock of the
// store's own, which only goes forward: by steady time while the process runs, and by what the
// time of day says about the time between, as far as that can be believed.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace gateway {

class StoreClock {
 public:
  static constexpr std::int64_t kLongestPause = std::int64_t{400} * 24 * 3'600'000;

  /// Starts at 0.
  explicit StoreClock(webpubsub::TimePoint now = webpubsub::steady_now()) : started_(now) {}

  /// Goes on from a message stored at `stamp`, when the time of day was `then`. It is `wall` now.
  void resume(std::int64_t stamp, std::int64_t then, std::int64_t wall) noexcept {
    const auto pause = wall - then;
    const bool believable = pause > 0 && pause < kLongestPause;
    base_ = std::max(base_, stamp + (believable ? pause : 0));
  }

  /// Milliseconds. Any thread, once resumed.
  std::int64_t at(webpubsub::TimePoint now) const noexcept {
    return base_ + std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
  }

  /// When that was, on the steady clock; it may lie before the start of the process.
  webpubsub::TimePoint when(std::int64_t stamp) const noexcept {
    return started_ + std::chrono::milliseconds(stamp - base_);
  }

 private:
  webpubsub::TimePoint started_;
  std::int64_t base_ = 0;
};

}  // namespace gateway
