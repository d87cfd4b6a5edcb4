#include "webpubsub/client/group_state_memory.h"

#include <utility>

namespace webpubsub {

bool GroupStateMemory::has_room(std::string_view group) const {
  return kept_.size() < kMaxGroups || kept_.contains(group);
}

void GroupStateMemory::is_set(const std::string& group, std::optional<StringMap> state) {
  if (!has_room(group)) return;
  kept_[group].state = std::move(state);
  forget_if_empty(group);
}

void GroupStateMemory::is_followed(const std::string& group, bool followed) {
  if (!has_room(group)) return;
  kept_[group].followed = followed;
  forget_if_empty(group);
}

void GroupStateMemory::forget_if_empty(const std::string& group) {
  const auto kept = kept_.find(group);
  if (!kept->second.state && !kept->second.followed) kept_.erase(kept);
}

void GroupStateMemory::overtaken(GroupStateKind kind, std::string_view group) {
  std::erase_if(queue_, [&](const GroupStateRequest& request) {
    return request.kind == kind && request.group == group;
  });
}

void GroupStateMemory::connected() {
  disconnected();
  for (const auto& [group, kept] : kept_) {
    if (kept.state) queue_.push_back({GroupStateKind::Set, group});
    if (kept.followed) queue_.push_back({GroupStateKind::Follow, group});
  }
}

void GroupStateMemory::disconnected() {
  queue_.clear();
  in_flight_ = 0;
}

const GroupStateRequest* GroupStateMemory::next() const {
  return queue_.empty() || in_flight_ >= kMaxInFlight ? nullptr : &queue_.front();
}

const StringMap* GroupStateMemory::state(const std::string& group) const {
  const auto kept = kept_.find(group);
  return kept == kept_.end() || !kept->second.state ? nullptr : &*kept->second.state;
}

void GroupStateMemory::sent() {
  queue_.pop_front();
  ++in_flight_;
}

void GroupStateMemory::answered() {
  if (in_flight_ > 0) --in_flight_;
}

}  // namespace webpubsub
