#include "bridge/uplink/pacer.h"

#include <algorithm>

namespace gateway {

using webpubsub::Duration;
using webpubsub::TimePoint;

Pacer::Pacer(double pace, TimePoint now)
    : pace_(pace), capacity_(std::max(20.0, pace / 50)), tokens_(capacity_), updated_(now) {}

double Pacer::tokens_at(TimePoint now) const {
  const auto passed = std::chrono::duration<double>(now - updated_).count();
  return std::min(capacity_, tokens_ + passed * pace_);
}

bool Pacer::allows(std::size_t frames, TimePoint now) const {
  return tokens_at(now) >= std::min(static_cast<double>(frames), capacity_);
}

TimePoint Pacer::when(std::size_t frames, TimePoint now) const {
  const auto missing = std::min(static_cast<double>(frames), capacity_) - tokens_at(now);
  if (missing <= 0) return now;
  // A little late rather than a little early, or the timer would have to be set twice.
  return now +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double>(missing / pace_)) +
         std::chrono::microseconds(10);
}

void Pacer::spend(std::size_t frames, TimePoint now) {
  tokens_ = std::max(-capacity_, tokens_at(now) - static_cast<double>(frames));
  updated_ = now;
}

}  // namespace gateway
