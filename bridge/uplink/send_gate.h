// Where the governor's word counts: which batches may leave now, and when the others have their
// next chance.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "bridge/store/state.h"
#include "bridge/uplink/batch.h"
#include "bridge/uplink/governor.h"
#include "net/event_loop.h"

namespace gateway {

/// The loop's thread. `memory`, where the day's use stays over a restart, may be null.
class SendGate {
 public:
  SendGate(webpubsub::net::EventLoop& loop, RateLimits limits, State* memory,
           std::function<void()> released);
  ~SendGate();

  void set_limits(RateLimits limits);
  /// If not, it and all of its priority and below wait until `released` runs.
  bool may_leave(const Batch& batch);
  void left(const Batch& batch);
  /// The store may have been opened: what earlier processes used of the day joins what was used
  /// since. Once.
  void recall();
  /// The service said that it is too much. False: it is the same complaint as a moment ago.
  bool throttled();

  /// The highest priority that waits, as a number; kPriorities: none does.
  std::size_t held_from() const noexcept { return held_from_; }
  bool holds() const noexcept { return held_from_ < kPriorities; }
  GateFigures figures() const;

 private:
  void remember();

  Governor governor_;
  RateLimits limits_;
  State* memory_;
  bool recalled_ = false;  // what is there, and may be overwritten now
  std::function<void()> released_;
  webpubsub::net::Timer timer_;
  std::size_t held_from_ = kPriorities;
  std::uint64_t throttled_ = 0;
  webpubsub::TimePoint throttled_at_{};
  webpubsub::TimePoint remembered_{};
};

}  // namespace gateway
