#include "bridge/uplink/rule_backoff.h"

#include <algorithm>

namespace gateway {

using webpubsub::TimePoint;

bool RuleBackoff::allows(std::uint32_t rule, TimePoint now) const {
  if (entries_.empty()) return true;
  const auto entry = entries_.find(rule);
  return entry == entries_.end() || (!entry->second.trying && entry->second.until <= now);
}

void RuleBackoff::sending(std::uint32_t rule) {
  if (const auto entry = entries_.find(rule); entry != entries_.end()) entry->second.trying = true;
}

void RuleBackoff::failed(std::uint32_t rule, bool refused, TimePoint sent, TimePoint now) {
  auto& entry = entries_[rule];
  entry.refused = refused;
  const bool first = entry.pause == std::chrono::milliseconds(0);
  if (!first && sent < entry.began) return;
  entry.trying = false;
  entry.pause = first ? kFirst : std::min(2 * entry.pause, refused ? kLongestRefused : kLongest);
  entry.began = now;
  entry.until = now + entry.pause;
}

bool RuleBackoff::succeeded(std::uint32_t rule, TimePoint sent) {
  if (entries_.empty()) return false;
  const auto entry = entries_.find(rule);
  if (entry == entries_.end() || sent < entry->second.began) return false;
  entries_.erase(entry);
  return true;
}

void RuleBackoff::came_back(std::uint32_t rule) {
  if (const auto entry = entries_.find(rule); entry != entries_.end()) entry->second.trying = false;
}

void RuleBackoff::end_pauses(TimePoint now) {
  for (auto& [rule, entry] : entries_) entry.until = std::min(entry.until, now);
}

TimePoint RuleBackoff::next(TimePoint now) const {
  auto next = TimePoint::max();
  for (const auto& [rule, entry] : entries_) {
    if (entry.until > now) next = std::min(next, entry.until);
  }
  return next;
}

bool RuleBackoff::is_refused(std::uint32_t rule) const {
  const auto entry = entries_.find(rule);
  return entry != entries_.end() && entry->second.refused;
}

}  // namespace gateway
