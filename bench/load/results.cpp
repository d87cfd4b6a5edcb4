#include "bench/load/results.h"

#include <algorithm>
#include <limits>

namespace gateway::bench {
namespace {

// `sorted` is not empty. The nearest-rank percentile.
double percentile_ms(const std::vector<std::uint32_t>& sorted, double fraction) {
  const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[rank]) / 1000.0;
}

}  // namespace

void Results::reset(std::uint32_t first_sequence) {
  const std::lock_guard lock(mutex_);
  first_sequence_ = first_sequence;
  seen_.clear();
  latencies_us_.clear();
  summary_ = {};
  delivered_ = 0;
}

void Results::count_message(std::string_view payload, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const auto size = payload.size();
  bool any = false;
  while (const auto stamp = next_stamp(payload)) {
    count(*stamp, now_ns);
    any = true;
  }
  if (!any) return;  // the gateway's own messages, such as presence
  ++summary_.frames;
  summary_.bytes += size;
  delivered_.store(summary_.delivered, std::memory_order_relaxed);
}

void Results::count(Stamp stamp, std::int64_t now_ns) {
  if (stamp.sequence < first_sequence_) return;  // left over from before the reset
  const std::size_t index = stamp.sequence - first_sequence_;
  if (index >= seen_.size()) seen_.resize(index + 1);
  if (seen_[index]) {
    ++summary_.duplicates;
    return;
  }
  seen_[index] = true;
  ++summary_.delivered;
  const auto late_us = std::clamp<std::int64_t>((now_ns - stamp.sent_ns) / 1000, 0,
                                                std::numeric_limits<std::uint32_t>::max());
  latencies_us_.push_back(static_cast<std::uint32_t>(late_us));
  if (summary_.first_ns == 0) summary_.first_ns = now_ns;
  summary_.last_ns = now_ns;
}

std::int64_t Results::first_ns() const {
  const std::lock_guard lock(mutex_);
  return summary_.first_ns;
}

Summary Results::summary() const {
  const std::lock_guard lock(mutex_);
  auto summary = summary_;
  if (latencies_us_.empty()) return summary;
  auto sorted = latencies_us_;
  std::sort(sorted.begin(), sorted.end());
  summary.p50_ms = percentile_ms(sorted, 0.50);
  summary.p99_ms = percentile_ms(sorted, 0.99);
  summary.max_ms = percentile_ms(sorted, 1.0);
  return summary;
}

}  // namespace gateway::bench
