// The two clocks. Steady time for waits and ages, wall time for stamps and tokens; both enter
// logic as arguments, so that a test runs an hour in a millisecond.

#pragma once

#include <chrono>

namespace webpubsub {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

inline TimePoint steady_now() { return std::chrono::steady_clock::now(); }
inline WallTime wall_now() { return std::chrono::system_clock::now(); }

/// Milliseconds since the Unix epoch.
inline std::int64_t unix_milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace webpubsub
