// When to try again: exponential with full jitter, so that a whole site does not reconnect in
// the second its uplink comes back.

#pragma once

#include <chrono>

namespace webpubsub {

struct BackoffOptions {
  std::chrono::milliseconds floor{100};   // the shortest wait ever given
  std::chrono::milliseconds first{1000};  // ceiling of the first wait
  std::chrono::milliseconds cap{30'000};  // ceiling of every wait
};

class Backoff {
 public:
  explicit Backoff(BackoffOptions options) : options_(options) {}

  /// The next wait: uniform between the floor and a ceiling that doubles from `first` to `cap`.
  std::chrono::milliseconds next();

  /// To be called after a connection proved stable, not as soon as it opened: a peer that accepts
  /// and drops us at once would otherwise be hammered.
  void reset() noexcept { attempt_ = 0; }

  unsigned attempts() const noexcept { return attempt_; }

 private:
  BackoffOptions options_;
  unsigned attempt_ = 0;
};

}  // namespace webpubsub
