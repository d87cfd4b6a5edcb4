#include "bridge/uplink/offline_room.h"

#include <algorithm>
#include <tuple>

#include "bridge/uplink/replay.h"

namespace gateway {

using webpubsub::TimePoint;
using Keep = OfflineOptions::Keep;

namespace {

/// A durable rule's readings come here while the disk takes nothing.
bool waits_here(const RuleOptions& rule) {
  return rule.store == StoreMode::Disk || rule.offline.keep != Keep::Batches;
}

/// What comes to a rule that blocks had no room elsewhere, and nobody is to drop it while there is
/// any: its limits are those of the disk.
OfflineOptions limits_of(const RuleOptions& rule) {
  auto limits = rule.offline;
  if (is_blocking(rule)) limits = {.overflow = OfflineOptions::Overflow::DropNewest};
  return limits;
}

}  // namespace

const OfflineQueue* OfflineRoom::find(std::uint32_t rule) const {
  const auto found = waiting_.find(rule);
  return found == waiting_.end() ? nullptr : &found->second.queue;
}

OfflineQueue::Drop OfflineRoom::drop_of(std::uint32_t rule) const {
  return [this, rule](DropReason reason, std::uint64_t readings) { drop_(rule, reason, readings); };
}

template <class Change>
void OfflineRoom::change(OfflineQueue& queue, const Change& change) {
  memory_ -= queue.memory();
  messages_ -= queue.size();
  change(queue);
  memory_ += queue.memory();
  messages_ += queue.size();
}

void OfflineRoom::set_rules(const std::vector<RuleOptions>& rules,
                            const std::vector<std::uint32_t>& numbers, const Take& take) {
  const auto stays = [&](std::uint32_t rule) {
    const auto* known = lines_.line(rule);
    const auto number = std::find(numbers.begin(), numbers.end(), rule);
    return known != nullptr && number != numbers.end() &&
           known->options() == rules[static_cast<std::size_t>(number - numbers.begin())];
  };
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    if (stays(each->first)) {
      ++each;
      continue;
    }
    change(each->second.queue, [&](OfflineQueue& queue) { queue.take(queue.size(), take); });
    each = waiting_.erase(each);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!waits_here(rules[i])) continue;
    waiting_.try_emplace(
        numbers[i], Waiting{OfflineQueue(limits_of(rules[i])), Pacer(rules[i].replay.rate, {})});
  }
}

void OfflineRoom::set_max_bytes(std::size_t bytes) {
  max_bytes_ = bytes;
  keep_within();
}

bool OfflineRoom::take_in(const Reading& reading, bool online) {
  if (waiting_.empty() || reading.spooled != 0 || reading.waited) return false;
  const auto found = waiting_.find(reading.rule);
  if (found == waiting_.end() || (online && found->second.queue.empty())) return false;
  auto& queue = found->second.queue;
  auto& its_line = line(reading.rule);
  const bool ignored = reading.retained && its_line.options().retained == Retained::Ignore;
  const auto key = ignored ? std::nullopt : its_line.offline_key(reading.topic);
  if (!key) return false;  // its line knows what to say of it
  const auto drop = drop_of(reading.rule);
  if (online && !replays_in_order(its_line.options())) {
    if (queue.options().keep == Keep::Latest) {
      change(queue, [&](OfflineQueue& changed) { changed.supersede(*key, drop); });
    }
    return false;
  }
  if (!reading.retained) its_line.note_seen(reading.topic, reading.arrived);
  change(queue, [&](OfflineQueue& changed) { changed.push(reading, *key, drop); });
  keep_within();
  return true;
}

void OfflineRoom::keep_within() {
  const auto rank = [this](const auto& each) {
    const auto& queue = each.second.queue;
    return queue.empty() ? std::tuple(Priority::High, std::size_t{0})
                         : std::tuple(line(each.first).options().priority, queue.memory());
  };
  while (memory_ > max_bytes_ && messages_ > 0) {
    const auto most =
        std::max_element(waiting_.begin(), waiting_.end(),
                         [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    const auto drop = drop_of(most->first);
    change(most->second.queue, [&](OfflineQueue& changed) { changed.give_way(drop); });
  }
}

bool OfflineRoom::feed(TimePoint now, bool all, std::size_t held_from, const Take& take,
                       std::vector<Batch>& closed) {
  if (empty()) return false;
  bool any = false;
  for (auto& [rule, waiting] : waiting_) {
    if (waiting.queue.empty() || is_held(line(rule).options(), held_from)) continue;
    if (!all && rule != drained_ && !waiting.replay.allows(1, now)) continue;
    replay(rule, waiting, now, take, closed);
    any = true;
  }
  return any;
}

/// Live and late readings in one batch would all be called late. `take` may pass on what is closed.
void OfflineRoom::replay(std::uint32_t rule, Waiting& waiting, TimePoint now, const Take& take,
                         std::vector<Batch>& closed) {
  auto& its_line = line(rule);
  const auto& options = its_line.options();
  const bool in_order = replays_in_order(options);
  if (!in_order) its_line.close_all(closed);
  const auto most = kReplayedFrames * options.batch.max_samples;
  const auto before = its_line.batches();
  change(waiting.queue, [&](OfflineQueue& queue) { queue.take(most, take); });
  if (!in_order || waiting.queue.empty()) its_line.close_all(closed);
  if (rule != drained_) waiting.replay.owe(its_line.batches() - before, now);
}

TimePoint OfflineRoom::next(TimePoint now, std::size_t held_from) const {
  auto next = TimePoint::max();
  if (empty()) return next;
  for (const auto& [rule, waiting] : waiting_) {
    if (waiting.queue.empty() || is_held(line(rule).options(), held_from)) continue;
    next = std::min(next, rule == drained_ ? now : waiting.replay.when(1, now));
  }
  return next;
}

void OfflineRoom::expire(TimePoint now) {
  if (empty()) return;
  for (auto& each : waiting_) {
    const auto drop = drop_of(each.first);
    change(each.second.queue, [&](OfflineQueue& queue) { queue.expire(now, drop); });
  }
}

TimePoint OfflineRoom::next_expiry() const {
  auto next = TimePoint::max();
  if (empty()) return next;
  for (const auto& [rule, waiting] : waiting_) {
    next = std::min(next, waiting.queue.next_expiry());
  }
  return next;
}

void OfflineRoom::drop_all(DropReason reason) {
  for (const auto& each : waiting_) drop_all(each.first, reason);
}

void OfflineRoom::drop_all(std::uint32_t rule, DropReason reason) {
  const auto found = waiting_.find(rule);
  if (found == waiting_.end()) return;
  const auto drop = drop_of(rule);
  change(found->second.queue, [&](OfflineQueue& queue) { queue.drop_all(reason, drop); });
}

TimePoint OfflineRoom::oldest() const {
  auto oldest = TimePoint::max();
  for (const auto& [rule, waiting] : waiting_) oldest = std::min(oldest, waiting.queue.oldest());
  return oldest;
}

void OfflineRoom::add_pending(std::vector<RuleCounts>& rules) const {
  for (const auto& [rule, waiting] : waiting_) rules[rule].pending += waiting.queue.size();
}

}  // namespace gateway
