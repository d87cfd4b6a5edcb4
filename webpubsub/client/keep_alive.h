// When to ask whether the other end still lives, and when to stop believing it: internal to
// client/. Knows no clock and no socket.
//
// A half-open TCP connection looks like a quiet one. Any message counts as a sign of life; after an
// interval without one we ask, and the service answers every ping (client specification, 2.1).

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace webpubsub {

class KeepAlive {
 public:
  enum class Action : std::uint8_t { None, Ping, GiveUp };

  /// An `interval` of zero turns all of it off: silence means nothing if nobody asks. A `timeout`
  /// of zero pings for the sake of middleboxes and never gives up.
  KeepAlive(std::chrono::milliseconds interval, std::chrono::milliseconds timeout)
      : interval_(interval), timeout_(timeout) {}

  void start(TimePoint now) { heard_ = asked_ = now; }
  void heard(TimePoint now) { heard_ = now; }
  TimePoint heard_at() const { return heard_; }

  Action due(TimePoint now) {
    if (interval_.count() == 0) return Action::None;
    if (timeout_.count() != 0 && now >= heard_ + timeout_) return Action::GiveUp;
    if (now < std::max(heard_, asked_) + interval_) return Action::None;
    asked_ = now;
    return Action::Ping;
  }

  /// When due() may have something to say.
  std::optional<TimePoint> deadline() const {
    if (interval_.count() == 0) return std::nullopt;
    const TimePoint ask = std::max(heard_, asked_) + interval_;
    return timeout_.count() == 0 ? ask : std::min(ask, heard_ + timeout_);
  }

 private:
  std::chrono::milliseconds interval_;
  std::chrono::milliseconds timeout_;
  TimePoint heard_{};
  TimePoint asked_{};
};

}  // namespace webpubsub
