// How what waited leaves beside what is fresh.

#pragma once

#include <cstddef>

#include "bridge/rules/rule_options.h"

namespace gateway {

inline constexpr std::size_t kReplayedFrames = 8;  // at once, before what is fresh has a turn

/// Whether all that waited leaves before what is fresh. A filter that compares a reading with the
/// one before has to see them in their order, as has a decoder that a birth tells what follows.
inline bool replays_in_order(const RuleOptions& rule) {
  return rule.offline.keep != OfflineOptions::Keep::NewestFirst &&
         (!rule.replay.live_first || rule.thin.is_set() || rule.payload == PayloadType::Sparkplug);
}

/// Whether a rule of that priority stays while those from `held_from` on do.
inline bool is_held(const RuleOptions& rule, std::size_t held_from) {
  return static_cast<std::size_t>(rule.priority) >= held_from;
}

}  // namespace gateway
