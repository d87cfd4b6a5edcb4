// How many commands a second a rule and a sender may have carried out.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace gateway {

/// Lets `rate` a second through, and a second's worth at once, at least one.
class RateLimit {
 public:
  RateLimit(double rate, webpubsub::TimePoint now)
      : rate_(rate), most_(std::max(rate, 1.0)), left_(most_), refilled_(now) {}

  [[nodiscard]] bool take(webpubsub::TimePoint now) {
    left_ = left_at(now);
    refilled_ = std::max(refilled_, now);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  bool is_full(webpubsub::TimePoint now) const { return left_at(now) >= most_; }

 private:
  double left_at(webpubsub::TimePoint now) const {
    const auto passed = std::chrono::duration<double>(now - refilled_).count();
    return std::min(most_, left_ + std::max(passed, 0.0) * rate_);
  }

  double rate_;
  double most_;
  double left_;
  webpubsub::TimePoint refilled_;
};

/// The same for each sender. Bounded: with very many senders at once, those that come last share
/// one limit.
class SenderLimits {
 public:
  explicit SenderLimits(double rate) : rate_(rate) {}

  [[nodiscard]] bool take(std::string_view sender, webpubsub::TimePoint now) {
    std::string key(sender.substr(0, kMaxName));
    if (limits_.size() >= kMaxSenders && !limits_.contains(key)) {
      std::erase_if(limits_, [&](const auto& each) { return each.second.is_full(now); });
      if (limits_.size() >= kMaxSenders) key.clear();
    }
    return limits_.try_emplace(std::move(key), rate_, now).first->second.take(now);
  }
  std::size_t size() const noexcept { return limits_.size(); }

 private:
  static constexpr std::size_t kMaxSenders = 1000;
  static constexpr std::size_t kMaxName = 256;
  double rate_;
  std::unordered_map<std::string, RateLimit> limits_{};
};

}  // namespace gateway
