#include "bridge/uplink/rule_lines.h"

#include <algorithm>
#include <utility>

namespace gateway {

using webpubsub::TimePoint;

std::vector<std::uint32_t> RuleLines::number(const std::vector<RuleOptions>& rules,
                                             const std::vector<RuleCounts>& counts,
                                             std::vector<std::uint32_t>& freed) {
  std::vector<std::uint32_t> numbers;
  for (const auto& rule : rules) {
    const auto same = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
      return slot.settled.rule == rule.name;
    });
    if (same != slots_.end()) {
      numbers.push_back(static_cast<std::uint32_t>(same - slots_.begin()));
      continue;
    }
    const auto fresh = free_number(counts);
    if (fresh == slots_.size()) {
      slots_.emplace_back();
    } else {
      removed_.add(counts[fresh]);
      slots_[fresh] = {};
      freed.push_back(fresh);
    }
    slots_[fresh].settled.rule = rule.name;
    numbers.push_back(fresh);
  }
  return numbers;
}

/// A new number, or when many rules were removed the one of the earliest that left nothing behind.
std::uint32_t RuleLines::free_number(const std::vector<RuleCounts>& counts) {
  const auto removed = std::count_if(slots_.begin(), slots_.end(),
                                     [](const Slot& slot) { return slot.settled.removed; });
  if (static_cast<std::size_t>(removed) >= kMaxRemoved) {
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
      if (slots_[i].settled.removed && counts[i].pending == 0) return i;
    }
  }
  return static_cast<std::uint32_t>(slots_.size());
}

void RuleLines::replace(std::vector<RuleOptions> rules, const std::vector<std::uint32_t>& numbers,
                        const std::string& gateway_id, std::vector<Batch>& closed) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    if (std::find(numbers.begin(), numbers.end(), i) != numbers.end()) continue;
    if (!slot.line) continue;
    retire(slot, closed);
    slot.last_sequence = slot.line->highest_sequence();
    slot.line.reset();
    slot.settled.removed = true;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto& slot = slots_[numbers[i]];
    slot.settled.removed = false;
    const bool same =
        slot.line && slot.line->options() == rules[i] && slot.gateway_id == gateway_id;
    if (same) continue;
    retire(slot, closed);
    slot.settled.acknowledged = is_acknowledged(rules[i]);
    slot.settled.durable = rules[i].store == StoreMode::Disk;
    slot.gateway_id = gateway_id;
    auto next = std::make_unique<RuleLine>(numbers[i], std::move(rules[i]), gateway_id, buffers_);
    next->set_forward_watcher(forwards_);
    if (request_) next->set_requester(request_);
    if (slot.line) {
      next->succeed(*slot.line);
    } else {
      next->start_above(slot.last_sequence);
    }
    slot.line = std::move(next);
  }
  windowed_.clear();
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    const auto* line = slots_[i].line.get();
    if (line != nullptr && line->options().window.is_set()) windowed_.push_back(i);
  }
}

void RuleLines::retire(Slot& slot, std::vector<Batch>& closed) {
  if (!slot.line) return;
  slot.line->finish_windows(webpubsub::steady_now(), closed);
  slot.line->close_all(closed);
  cache_resets_ += slot.line->cache_resets();
  slot.line->add_counts(slot.settled);
}

void RuleLines::set_forward_watcher(ForwardWatcher* watcher) {
  forwards_ = watcher;
  for (auto& slot : slots_) {
    if (slot.line) slot.line->set_forward_watcher(watcher);
  }
}

void RuleLines::each_thinner(
    const std::function<void(const std::string& rule, Thinner& thinner)>& take) {
  for (auto& slot : slots_) {
    auto* const thinner = slot.line ? slot.line->thinner() : nullptr;
    if (thinner != nullptr) take(slot.settled.rule, *thinner);
  }
}

void RuleLines::close_all(std::vector<Batch>& closed) {
  for (auto& slot : slots_) {
    if (slot.line) slot.line->close_all(closed);
  }
}

void RuleLines::close_calm(std::vector<Batch>& closed) {
  for (auto& slot : slots_) {
    if (slot.line && !slot.line->holds_batches()) slot.line->close_all(closed);
  }
}

void RuleLines::close_due(TimePoint now, std::vector<Batch>& closed) {
  for (auto& slot : slots_) {
    if (slot.line) slot.line->close_due(now, closed);
  }
}

void RuleLines::close_windows(TimePoint now, std::vector<Batch>& closed) {
  for (const auto number : windowed_) slots_[number].line->close_windows(now, closed);
}

void RuleLines::finish_windows(TimePoint now, std::vector<Batch>& closed) {
  for (const auto number : windowed_) slots_[number].line->finish_windows(now, closed);
}

TimePoint RuleLines::next_window() const {
  auto next = TimePoint::max();
  for (const auto number : windowed_) next = std::min(next, slots_[number].line->next_window());
  return next;
}

std::size_t RuleLines::open_batches() const {
  std::size_t count = 0;
  for (const auto& slot : slots_) count += slot.line ? slot.line->open_batches() : 0;
  return count;
}

std::size_t RuleLines::calm_batches() const {
  std::size_t count = 0;
  for (const auto& slot : slots_) {
    if (slot.line && !slot.line->holds_batches()) count += slot.line->open_batches();
  }
  return count;
}

std::size_t RuleLines::open_bytes() const {
  std::size_t bytes = 0;
  for (const auto& slot : slots_) bytes += slot.line ? slot.line->open_bytes() : 0;
  return bytes;
}

TimePoint RuleLines::next_due() const {
  auto due = TimePoint::max();
  for (const auto& slot : slots_) {
    if (slot.line) due = std::min(due, slot.line->next_due());
  }
  return due;
}

TimePoint RuleLines::oldest() const {
  auto oldest = TimePoint::max();
  for (const auto& slot : slots_) {
    if (slot.line) oldest = std::min(oldest, slot.line->oldest());
  }
  return oldest;
}

std::uint64_t RuleLines::cache_resets() const {
  auto resets = cache_resets_;
  for (const auto& slot : slots_) resets += slot.line ? slot.line->cache_resets() : 0;
  return resets;
}

std::vector<RuleCounts> RuleLines::counts() const {
  std::vector<RuleCounts> all;
  all.reserve(slots_.size() + 1);
  for (const auto& slot : slots_) {
    auto& counts = all.emplace_back(slot.settled);
    if (!slot.line) continue;
    slot.line->add_counts(counts);
    counts.pending = slot.line->pending();
  }
  return all;
}

}  // namespace gateway
