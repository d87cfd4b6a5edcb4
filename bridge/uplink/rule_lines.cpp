#include "bridge/uplink/rule_lines.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace gateway {

using webpubsub::TimePoint;

std::vector<std::uint32_t> RuleLines::number(const std::vector<RuleOptions>& rules,
                                             const std::vector<RuleCounts>& counts,
                                             std::vector<std::uint32_t>& freed) {
  std::unordered_map<std::string, std::uint32_t> known;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) known.emplace(slots_[i].settled.rule, i);
  std::vector<std::uint32_t> numbers;
  for (const auto& rule : rules) {
    if (const auto same = known.find(rule.name);
        same != known.end() && slots_[same->second].settled.rule == rule.name) {
      numbers.push_back(same->second);
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
  std::vector<bool> stays(slots_.size());
  for (const auto number : numbers) stays[number] = true;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    if (stays[i] || !slot.line) continue;
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
  forget_closed();
}

std::optional<std::uint32_t> RuleLines::find(std::string_view name) const {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].settled.rule == name) return i;
  }
  return std::nullopt;
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

std::optional<DropReason> RuleLines::take(const Reading& reading, TimePoint now,
                                          std::vector<Batch>& closed) {
  const auto dropped = slots_[reading.rule].line->take(reading, now, closed);
  note_open(reading.rule);
  return dropped;
}

void RuleLines::note_open(std::uint32_t number) {
  auto& slot = slots_[number];
  if (slot.is_open || !slot.line || slot.line->open_batches() == 0) return;
  slot.is_open = true;
  open_.push_back(number);
}

void RuleLines::forget_closed() {
  std::erase_if(open_, [this](std::uint32_t number) {
    auto& slot = slots_[number];
    slot.is_open = slot.line && slot.line->open_batches() > 0;
    return !slot.is_open;
  });
}

void RuleLines::close_all(std::vector<Batch>& closed) {
  for (const auto number : open_) slots_[number].line->close_all(closed);
  forget_closed();
}

void RuleLines::close_calm(std::vector<Batch>& closed) {
  for (const auto number : open_) {
    auto& line = *slots_[number].line;
    if (!line.holds_batches()) line.close_all(closed);
  }
  forget_closed();
}

void RuleLines::close_due(TimePoint now, std::vector<Batch>& closed) {
  for (const auto number : open_) slots_[number].line->close_due(now, closed);
  forget_closed();
}

void RuleLines::close_windows(TimePoint now, std::vector<Batch>& closed) {
  for (const auto number : windowed_) {
    slots_[number].line->close_windows(now, closed);
    note_open(number);
  }
}

void RuleLines::finish_windows(TimePoint now, std::vector<Batch>& closed) {
  for (const auto number : windowed_) {
    slots_[number].line->finish_windows(now, closed);
    note_open(number);
  }
}

TimePoint RuleLines::next_window() const {
  auto next = TimePoint::max();
  for (const auto number : windowed_) next = std::min(next, slots_[number].line->next_window());
  return next;
}

std::size_t RuleLines::open_batches() const {
  std::size_t count = 0;
  for (const auto number : open_) count += slots_[number].line->open_batches();
  return count;
}

std::size_t RuleLines::calm_batches() const {
  std::size_t count = 0;
  for (const auto number : open_) {
    const auto& line = *slots_[number].line;
    if (!line.holds_batches()) count += line.open_batches();
  }
  return count;
}

std::size_t RuleLines::open_bytes() const {
  std::size_t bytes = 0;
  for (const auto number : open_) bytes += slots_[number].line->open_bytes();
  return bytes;
}

TimePoint RuleLines::next_due() const {
  auto due = TimePoint::max();
  for (const auto number : open_) due = std::min(due, slots_[number].line->next_due());
  return due;
}

TimePoint RuleLines::oldest() const {
  auto oldest = TimePoint::max();
  for (const auto number : open_) oldest = std::min(oldest, slots_[number].line->oldest());
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
