#include "daemon/fill_rate.h"

#include <algorithm>
#include <chrono>

namespace gateway {

using webpubsub::Duration;

namespace {

constexpr auto kWindow = std::chrono::minutes(2);
constexpr std::size_t kMostPoints = 64;
constexpr double kYear = 365.0 * 86'400;

}  // namespace

void FillRate::add(double fraction, webpubsub::TimePoint now) {
  points_.push_back({fraction, now});
  while (points_.size() > kMostPoints || (points_.size() > 2 && points_[1].at <= now - kWindow)) {
    points_.pop_front();
  }
}

std::optional<Duration> FillRate::time_to_full() const {
  if (points_.size() < 2) return std::nullopt;
  const auto& [before, then] = points_.front();
  const auto& [fraction, now] = points_.back();
  const auto grown = fraction - before;
  if (grown <= 0 || now <= then) return std::nullopt;
  const auto seconds =
      std::chrono::duration<double>(now - then) * (std::max(1 - fraction, 0.0) / grown);
  if (seconds.count() > kYear) return std::nullopt;
  return std::chrono::duration_cast<Duration>(seconds);
}

}  // namespace gateway
