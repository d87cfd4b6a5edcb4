// What may leave when the link, the service or the budget is too small for all of it.
//
// Three limits: frames a second, bytes a second, and a day's billing units. Each priority leaves a
// reserve to the ones above it, so that when there is too little the lowest thins out first. A
// service that throttles is believed: the rate is halved and comes back step by step.
// Time is an argument: a test runs a day in a millisecond.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "bridge/rules/delivery_options.h"

namespace gateway {

struct RateLimits {
  double frames = 0;                      // a second; 0: no limit
  double bytes = 0;                       // of payload, a second; 0: no limit
  std::uint64_t daily_billing_units = 0;  // of a day in UTC; 0: no limit
  bool operator==(const RateLimits&) const = default;
};

struct GateFigures {
  double frame_rate = 0;                // frames a second that may leave at present; 0: no limit
  std::uint64_t billed_today = 0;       // units, of the day in UTC
  std::size_t held_from = kPriorities;  // this priority and those below wait; kPriorities: none
  std::uint64_t throttled = 0;          // times the service said it is too much
};

class Governor {
 public:
  Governor(RateLimits limits, webpubsub::TimePoint now);

  /// What was used of the day stays used.
  void set_limits(RateLimits limits, webpubsub::TimePoint now);

  /// Whether a frame of `bytes` may leave now. `unix_seconds` is the time of the day the budget
  /// goes by; a clock that is set back gives no new budget.
  bool allows(Priority priority, std::size_t bytes, webpubsub::TimePoint now,
              std::int64_t unix_seconds);
  /// When it is worth asking again after a no: at most a minute from now.
  webpubsub::TimePoint when(Priority priority, std::size_t bytes, webpubsub::TimePoint now) const;
  /// A frame of `bytes` left.
  void spend(std::size_t bytes, webpubsub::TimePoint now, std::int64_t unix_seconds);

  /// The service said that it is too much for it.
  void throttled(webpubsub::TimePoint now);

  /// Frames a second that are allowed at present; 0: no limit.
  double frame_rate() const noexcept { return frames_.rate(); }
  /// Billing units used of the day's budget.
  std::uint64_t used_today() const noexcept { return used_; }
  /// Day that used_today() is about, counted from 1970-01-01; for a restart on the same day.
  std::int64_t day() const noexcept { return day_; }
  void restore(std::int64_t day, std::uint64_t used);

 private:
  bool within_budget(Priority priority, std::size_t bytes, std::int64_t unix_seconds);
  void begin_day(std::int64_t unix_seconds);
  void recover(webpubsub::TimePoint now);
  double recent_rate(webpubsub::TimePoint now) const;

  RateLimits limits_;
  webpubsub::TokenBucket frames_;
  webpubsub::TokenBucket bytes_;
  double throttled_to_ = 0;  // frames a second since the service complained; 0: it does not
  double throttled_from_ = 0;
  webpubsub::TimePoint step_at_{};
  webpubsub::TimePoint second_began_{};  // of the window recent_rate() looks at
  std::uint64_t frames_in_second_ = 0;
  double last_rate_ = 0;
  std::int64_t day_ = 0;
  std::uint64_t used_ = 0;
};

}  // namespace gateway
