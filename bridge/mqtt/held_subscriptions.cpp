#include "bridge/mqtt/held_subscriptions.h"

#include <algorithm>
#include <utility>

namespace gateway {

void HeldSubscriptions::want(std::vector<MqttSubscription> wanted) {
  wanted_ = std::move(wanted);
  refused_.clear();
}

void HeldSubscriptions::remember(const std::vector<std::string>& filters) {
  for (const auto& filter : filters) held_.emplace(filter, kUnknownQos);
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
    const bool has_it = held != held_.end() && held->second == each.qos;
    if (!has_it && !refused_.contains(each.filter)) adding_.push_back(each);
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
      held_[filter] = adding_[i].qos;
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
