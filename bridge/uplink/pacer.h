// How many frames may leave now: a token bucket over the pace the gateway aims at.
//
// Below the pace frames leave at once; above it readings wait for company just as long as it takes
// to stay within it. Time is an argument: a test runs an hour in a millisecond.

#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/token_bucket.h"

namespace gateway {

class Pacer {
 public:
  /// `pace` in frames per second, more than 0. The bucket holds a fiftieth of a second's worth,
  /// at least 20, and starts full.
  Pacer(double pace, webpubsub::TimePoint now);

  /// Whether `frames` may leave now without exceeding the pace. More than the bucket holds are
  /// allowed when it is full.
  bool allows(std::size_t frames, webpubsub::TimePoint now) const;
  /// When that will be.
  webpubsub::TimePoint when(std::size_t frames, webpubsub::TimePoint now) const;
  /// Takes the tokens of `frames` that leave, allowed or not; at most one bucketful is owed.
  void spend(std::size_t frames, webpubsub::TimePoint now);
  /// Likewise; all of them are owed.
  void owe(std::size_t frames, webpubsub::TimePoint now);

 private:
  double wanted(std::size_t frames) const;

  webpubsub::TokenBucket bucket_;
};

}  // namespace gateway
