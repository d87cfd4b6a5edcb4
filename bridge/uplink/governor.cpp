#include "bridge/uplink/governor.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "bridge/billing.h"

namespace gateway {

using webpubsub::Duration;
using webpubsub::TimePoint;
using webpubsub::TokenBucket;
using namespace std::chrono_literals;

namespace {

// What a priority leaves in the buckets for those above it.
constexpr std::array<double, kPriorities> kReserve{0, 0.25, 0.5};
// How much of the day's budget is open to it.
constexpr std::array<double, kPriorities> kBudgetShare{1, 0.9, 0.7};

constexpr std::int64_t kDay = 86'400;
constexpr auto kStep = 10s;       // between two steps back to the full rate
constexpr double kGrowth = 1.25;  // of a step
constexpr double kLeastRate = 1;  // frames a second: how the service is probed
constexpr auto kPatience = 60s;

std::size_t index(Priority priority) { return static_cast<std::size_t>(priority); }

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// More than the bucket holds may leave when it is full: the debt is paid off before the next one.
double missing(const TokenBucket& bucket, double wanted, double reserve, TimePoint now) {
  if (bucket.rate() <= 0) return 0;
  const double most = bucket.capacity();
  return std::min(std::max(wanted, reserve * most), most) - bucket.tokens(now);
}

TimePoint when_there(const TokenBucket& bucket, double wanted, double reserve, TimePoint now) {
  return bucket.rate() > 0 ? bucket.after(missing(bucket, wanted, reserve, now), now) : now;
}

}  // namespace

Governor::Governor(RateLimits limits, TimePoint now)
    : limits_(limits), frames_(limits.frames, now), bytes_(limits.bytes, now), second_began_(now) {}

void Governor::set_limits(RateLimits limits, TimePoint now) {
  if (limits.frames != limits_.frames) {
    frames_.set_rate(limits.frames, now);
    throttled_to_ = 0;
  }
  if (limits.bytes != limits_.bytes) bytes_.set_rate(limits.bytes, now);
  limits_ = limits;
}

bool Governor::allows(Priority priority, std::size_t bytes, TimePoint now,
                      std::int64_t unix_seconds) {
  recover(now);
  const double reserve = kReserve.at(index(priority));
  return missing(frames_, 1, reserve, now) <= 0 &&
         missing(bytes_, static_cast<double>(bytes), reserve, now) <= 0 &&
         within_budget(priority, bytes, unix_seconds);
}

TimePoint Governor::when(Priority priority, std::size_t bytes, TimePoint now) const {
  const double reserve = kReserve.at(index(priority));
  const auto then = std::max(when_there(frames_, 1, reserve, now),
                             when_there(bytes_, static_cast<double>(bytes), reserve, now));
  if (then == now) return now + kPatience;  // it is the budget: tomorrow is another day
  return std::min(then, now + kPatience);
}

void Governor::spend(std::size_t bytes, TimePoint now, std::int64_t unix_seconds) {
  if (frames_.rate() > 0) frames_.spend(1, now);
  if (bytes_.rate() > 0) bytes_.spend(static_cast<double>(bytes), now);
  begin_day(unix_seconds);
  used_ += billable_units(bytes);
  if (now - second_began_ >= 1s) {
    last_rate_ = recent_rate(now);
    second_began_ = now;
    frames_in_second_ = 0;
  }
  ++frames_in_second_;
}

bool Governor::within_budget(Priority priority, std::size_t bytes, std::int64_t unix_seconds) {
  if (limits_.daily_billing_units == 0) return true;
  begin_day(unix_seconds);
  const double open =
      kBudgetShare.at(index(priority)) * static_cast<double>(limits_.daily_billing_units);
  return static_cast<double>(used_ + billable_units(bytes)) <= open;
}

void Governor::begin_day(std::int64_t unix_seconds) {
  const std::int64_t day = unix_seconds / kDay;
  if (day <= day_) return;
  day_ = day;
  used_ = 0;
}

void Governor::restore(std::int64_t day, std::uint64_t used) {
  if (day < day_) return;
  used_ = day == day_ ? used_ + used : used;
  day_ = day;
}

/// Frames a second that left lately: what the service did not bear.
double Governor::recent_rate(TimePoint now) const {
  const double passed = seconds(now - second_began_);
  if (passed < 0.1) return std::max(last_rate_, static_cast<double>(frames_in_second_));
  return static_cast<double>(frames_in_second_) / passed;
}

void Governor::throttled(TimePoint now) {
  const double full = throttled_to_ > 0 ? throttled_from_ : limits_.frames;
  double rate = std::max(recent_rate(now), last_rate_);
  if (frames_.rate() > 0) rate = std::min(rate, frames_.rate());
  throttled_from_ = full > 0 ? full : std::max(rate, kLeastRate);
  throttled_to_ = std::max(rate / 2, kLeastRate);
  frames_.set_rate(throttled_to_, now);
  step_at_ = now + kStep;
}

void Governor::recover(TimePoint now) {
  while (throttled_to_ > 0 && now >= step_at_) {
    throttled_to_ *= kGrowth;
    step_at_ += kStep;
    if (throttled_to_ < throttled_from_) {
      frames_.set_rate(throttled_to_, now);
      continue;
    }
    throttled_to_ = 0;
    frames_.set_rate(limits_.frames, now);
  }
}

}  // namespace gateway
