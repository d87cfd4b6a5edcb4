// How much may pass at a rate. Time is an argument: a test runs an hour in a millisecond.

#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/clock.h"

namespace webpubsub {

/// Tokens come in at `rate` a second until the bucket is full. It starts full.
class TokenBucket {
 public:
  TokenBucket(double rate, double capacity, TimePoint now)
      : rate_(rate), capacity_(capacity), tokens_(capacity), updated_(now) {}
  /// One that holds what comes in within a second, at least one token.
  TokenBucket(double rate, TimePoint now) : TokenBucket(rate, second_of(rate), now) {}

  double rate() const noexcept { return rate_; }
  double capacity() const noexcept { return capacity_; }
  /// Less than 0 while something is owed.
  double tokens(TimePoint now) const {
    const double passed = std::chrono::duration<double>(now - updated_).count();
    return std::min(capacity_, tokens_ + std::max(passed, 0.0) * rate_);
  }
  bool is_full(TimePoint now) const { return tokens(now) >= capacity_; }

  /// Takes one token if there is one.
  [[nodiscard]] bool take(TimePoint now) {
    if (tokens(now) < 1) return false;
    spend(1, now);
    return true;
  }
  /// Takes `count` tokens, there or not, and owes what is missing, at most `most_owed`.
  void spend(double count, TimePoint now,
             double most_owed = std::numeric_limits<double>::infinity()) {
    tokens_ = std::max(-most_owed, tokens(now) - count);
    updated_ = std::max(updated_, now);
  }
  /// When `missing` more tokens than at `now` have come in; the rate is more than 0. A little late
  /// rather than a little early, or a timer would have to be set twice.
  TimePoint after(double missing, TimePoint now) const {
    if (missing <= 0) return now;
    const std::chrono::duration<double> wait(missing / rate_);
    return now + std::chrono::duration_cast<Duration>(wait) + std::chrono::microseconds(10);
  }

  /// As full as before, of what comes in within a second at the new rate.
  void set_rate(double rate, TimePoint now) {
    const double share = rate_ > 0 ? tokens(now) / capacity_ : 0;
    *this = TokenBucket(rate, now);
    tokens_ = share * capacity_;
  }

 private:
  static double second_of(double rate) { return std::max(rate, 1.0); }

  double rate_;
  double capacity_;
  double tokens_;
  TimePoint updated_;
};

}  // namespace webpubsub
