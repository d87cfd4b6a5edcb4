#include "hub/connections.h"

#include <algorithm>
#include <utility>

namespace webpubsub::hub {

bool Connection::has_private_role(std::string_view role) const {
  return std::find(identity_.private_roles.begin(), identity_.private_roles.end(), role) !=
         identity_.private_roles.end();
}

void HubConnections::add(Connection& connection) {
  by_id_.emplace(connection.id(), &connection);
  if (!connection.user_id().empty()) by_user_[connection.user_id()].insert(&connection);
}

void HubConnections::remove(Connection& connection) {
  leave_all(connection);
  by_id_.erase(connection.id());
  const auto user = by_user_.find(connection.user_id());
  if (user == by_user_.end()) return;
  user->second.erase(&connection);
  if (user->second.empty()) by_user_.erase(user);
}

void HubConnections::join(Connection& connection, std::string_view name) {
  auto found = groups_.find(name);
  const bool is_new = found == groups_.end();
  if (is_new) found = groups_.emplace(name, Group{.name = std::string(name)}).first;
  Group& group = found->second;
  group.members.insert(&connection);
  connection.groups_.insert(&group);
  if (is_new && observer_ != nullptr) observer_->on_group_active(name_, group.name);
}

void HubConnections::drop(Connection& connection, Group& group) {
  group.members.erase(&connection);
  if (group.members.empty()) groups_.erase(groups_.find(group.name));
}

void HubConnections::leave(Connection& connection, std::string_view name) {
  const auto found = groups_.find(name);
  if (found == groups_.end() || connection.groups_.erase(&found->second) == 0) return;
  drop(connection, found->second);
}

void HubConnections::leave_all(Connection& connection) {
  for (Group* group : std::exchange(connection.groups_, {})) drop(connection, *group);
}

bool HubConnections::is_member(const Connection& connection, std::string_view name) const {
  const Members* members = group(name);
  return members != nullptr && members->contains(const_cast<Connection*>(&connection));
}

Connection* HubConnections::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Members* HubConnections::group(std::string_view name) const {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second.members;
}

const Members* HubConnections::user(std::string_view user_id) const {
  const auto found = by_user_.find(user_id);
  return found == by_user_.end() ? nullptr : &found->second;
}

std::vector<std::string> HubConnections::group_names() const {
  std::vector<std::string> names;
  names.reserve(groups_.size());
  for (const auto& [name, group] : groups_) names.push_back(name);
  return names;
}

const Members* HubConnections::group_to_send_to(std::string_view name) {
  const Members* members = group(name);
  if (members != nullptr || observer_ == nullptr) return members;
  observer_->on_group_active(name_, name);
  return group(name);
}

HubConnections& Connections::add(std::string_view name, Connection& connection) {
  auto found = hubs_.find(name);
  if (found == hubs_.end()) {
    found = hubs_
                .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                         std::forward_as_tuple(std::string(name), observer_))
                .first;
  }
  found->second.add(connection);
  return found->second;
}

void Connections::remove(HubConnections& hub, Connection& connection) {
  hub.remove(connection);
  if (hub.empty()) hubs_.erase(hubs_.find(hub.name()));
}

HubConnections* Connections::find(std::string_view hub) {
  const auto found = hubs_.find(hub);
  return found == hubs_.end() ? nullptr : &found->second;
}

}  // namespace webpubsub::hub
