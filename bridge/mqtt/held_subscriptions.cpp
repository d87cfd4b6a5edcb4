#include "bridge/mqtt/held_subscriptions.h"

#include <algorithm>
#include <utility>

namespace gateway {

void HeldSubscriptions::want(std::vector<MqttSubscription> wanted) {
  wanted_ = std::move(wanted);
  refused_.clear();
  // Should it be wanted again, it is asked for again.
  for (const auto& each : wanted_) {
    const auto held = held_.find(each.filter);
    if (held != held_.end() && !each.retained) held->second.retained = false;
  }
}

void HeldSubscriptions::remember(const std::vector<std::string>& filters) {
  for (const auto& filter : filters) held_.emplace(filter, Held{});
}

void HeldSubscriptions::connected(bool session_present) {
  if (!session_present) held_.clear();
  refused_.clear();
  adding_.clear();
  dropping_.clear();
}

std::span<const MqttSubscription> HeldSubscriptions::next_to_add() {
  adding_.clear();
  for (const auto& each : wanted_) {
    if (adding_.size() == kFiltersPerRequest) break;
    const auto held = held_.find(each.filter);
    const bool knows_it = held != held_.end();
    const bool has_kept = knows_it && held->second.retained;
    const bool has_it = knows_it && held->second.qos == each.qos && (has_kept || !each.retained);
    if (has_it || refused_.contains(each.filter)) continue;
    adding_.push_back(each);
    // Another QoS is no reason for what the broker has kept to come twice.
    adding_.back().retained = each.retained && !has_kept;
  }
  return adding_;
}

std::span<const std::string> HeldSubscriptions::next_to_drop() {
  dropping_.clear();
  for (const auto& held : held_) {
    if (dropping_.size() == kFiltersPerRequest) break;
    const std::string& filter = held.first;
    const bool wanted = std::any_of(wanted_.begin(), wanted_.end(),
                                    [&](const auto& each) { return each.filter == filter; });
    if (!wanted && !refused_.contains(filter)) dropping_.push_back(filter);
  }
  return dropping_;
}

void HeldSubscriptions::added(const std::vector<bool>& taken) {
  for (std::size_t i = 0; i < adding_.size(); ++i) {
    const auto& filter = adding_[i].filter;
    if (taken[i]) {
      auto& held = held_[filter];
      held = {adding_[i].qos, held.retained || adding_[i].retained};
    } else {
      held_.erase(filter);
      refused_.insert(filter);
    }
  }
  adding_.clear();
}

void HeldSubscriptions::dropped(bool done) {
  for (auto& filter : dropping_) {
    if (done) {
      held_.erase(filter);
    } else {
      refused_.insert(std::move(filter));
    }
  }
  dropping_.clear();
}

}  // namespace gateway
