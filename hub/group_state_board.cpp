#include "hub/group_state_board.h"

#include <algorithm>

namespace webpubsub::hub {

bool GroupStateBoard::has_room(const Connection& connection) const {
  const auto uses = std::count_if(groups_.begin(), groups_.end(), [&](const auto& entry) {
    const Group& group = entry.second;
    return group.items.contains(&connection) ||
           group.followers.contains(const_cast<Connection*>(&connection));
  });
  return static_cast<std::size_t>(uses) < kMaxGroups;
}

bool GroupStateBoard::set(const Key& where, Connection& connection, std::optional<StringMap> state,
                          std::int64_t now) {
  if (!state) {
    const auto found = groups_.find(where);
    if (found == groups_.end()) return true;
    found->second.items.erase(&connection);
    if (found->second.items.empty() && found->second.followers.empty()) groups_.erase(found);
    return true;
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : *state) bytes += name.size() + value.size();
  if (bytes > kMaxBytes || !has_room(connection)) return false;
  groups_[where].items[&connection] = {connection.id(), connection.user_id(), std::move(state),
                                       now};
  return true;
}

bool GroupStateBoard::follow(const Key& where, Connection& connection) {
  if (!has_room(connection)) return false;
  groups_[where].followers.insert(&connection);
  return true;
}

void GroupStateBoard::unfollow(const Key& where, Connection& connection) {
  const auto found = groups_.find(where);
  if (found == groups_.end()) return;
  found->second.followers.erase(&connection);
  if (found->second.items.empty() && found->second.followers.empty()) groups_.erase(found);
}

GroupStates GroupStateBoard::snapshot(const Key& where) const {
  GroupStates frame{.is_snapshot = true, .group = where.second};
  const auto found = groups_.find(where);
  if (found == groups_.end()) return frame;
  for (const auto& [connection, item] : found->second.items) frame.items.push_back(item);
  return frame;
}

GroupStates GroupStateBoard::update(const Key& where, const Connection& connection,
                                    std::int64_t now) const {
  GroupStates frame{.is_snapshot = false, .group = where.second};
  const auto found = groups_.find(where);
  if (found != groups_.end() && found->second.items.contains(&connection)) {
    frame.items.push_back(found->second.items.at(&connection));
  } else {
    frame.items.push_back({connection.id(), connection.user_id(), {}, now});
  }
  return frame;
}

std::vector<Connection*> GroupStateBoard::followers(const Key& where) const {
  const auto found = groups_.find(where);
  if (found == groups_.end()) return {};
  return {found->second.followers.begin(), found->second.followers.end()};
}

std::vector<GroupStateBoard::Key> GroupStateBoard::remove(Connection& connection) {
  std::vector<Key> had_set;
  for (auto entry = groups_.begin(); entry != groups_.end();) {
    auto& [where, group] = *entry;
    group.followers.erase(&connection);
    if (group.items.erase(&connection) > 0) had_set.push_back(where);
    const bool is_empty = group.items.empty() && group.followers.empty();
    entry = is_empty ? groups_.erase(entry) : std::next(entry);
  }
  return had_set;
}

}  // namespace webpubsub::hub
