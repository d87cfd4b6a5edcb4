// How fast something fills up, and so when it will be full.

#pragma once

#include <deque>
#include <optional>

#include "base/clock.h"

namespace gateway {

/// Looks back two minutes: long enough for a rate, short enough to notice that a link went down.
class FillRate {
 public:
  /// `fraction` of it is taken: 1 when it is full, and more where limits may be passed for a while.
  /// To be called every few seconds.
  void add(double fraction, webpubsub::TimePoint now);
  /// At the rate of what was added; nothing while it does not grow, for what is more than a year
  /// away, and before there is a rate.
  std::optional<webpubsub::Duration> time_to_full() const;

 private:
  struct Point {
    double fraction = 0;
    webpubsub::TimePoint at{};
  };
  std::deque<Point> points_{};
};

}  // namespace gateway
