// How many commands a second each sender may have carried out.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/token_bucket.h"

namespace gateway {

/// Lets `rate` a second of each sender through, and a second's worth at once, at least one.
/// Bounded: with very many senders at once, those that come last share one limit.
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
  std::unordered_map<std::string, webpubsub::TokenBucket> limits_{};
};

}  // namespace gateway
