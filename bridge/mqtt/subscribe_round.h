// SUBSCRIBEs that go out one by one and are told of together, when all are answered.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace gateway {

/// Any thread.
class SubscribeRound {
 public:
  static constexpr int kNoAnswer = -1;

  /// For each of so many filters what its request is to be known by. Answers of an earlier round,
  /// whose connection has ended, are late from now on.
  std::vector<void*> begin(std::size_t filters) {
    const std::lock_guard lock(mutex_);
    ++round_;
    codes_.assign(filters, kNoAnswer);
    unanswered_ = filters;
    std::vector<void*> asks;
    asks.reserve(filters);
    for (std::size_t i = 0; i < filters; ++i) {
      auto ask = std::make_unique<Ask>(Ask{round_, i});
      asks.push_back(ask.get());
      asks_.emplace(ask.get(), std::move(ask));
    }
    return asks;
  }

  /// With the last answer: the code of each filter, in order, or none when one got no answer.
  std::optional<std::vector<int>> answer(const void* ask, int code) {
    const std::lock_guard lock(mutex_);
    const auto found = asks_.find(ask);
    if (found == asks_.end()) return std::nullopt;
    const auto [round, index] = *found->second;
    asks_.erase(found);
    if (round != round_) return std::nullopt;
    codes_[index] = code;
    if (--unanswered_ > 0) return std::nullopt;
    if (std::find(codes_.begin(), codes_.end(), kNoAnswer) != codes_.end()) codes_.clear();
    return codes_;
  }

 private:
  struct Ask {
    std::uint64_t round = 0;
    std::size_t index = 0;
  };

  std::mutex mutex_;
  std::map<const void*, std::unique_ptr<Ask>> asks_;  // not answered yet, of whatever round
  std::uint64_t round_ = 0;
  std::vector<int> codes_;
  std::size_t unanswered_ = 0;
};

}  // namespace gateway
