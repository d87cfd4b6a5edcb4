// Who is connected: connections by id, user and group, for each hub name.
//
// Groups and hubs exist while somebody is in them. Nothing here owns a connection; it must be
// removed before it goes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hub/connection.h"
#include "hub/text.h"

namespace webpubsub::hub {

using Members = std::unordered_set<Connection*>;

struct Group {
  std::string name{};
  Members members{};
};

/// Told when a group comes up.
class GroupObserver {
 public:
  virtual ~GroupObserver() = default;
  /// `group` of `hub` had nobody in it and gets its first member, or a message nobody receives.
  /// Connections may be joined to it from here.
  virtual void on_group_active(std::string_view hub, std::string_view group) = 0;
};

/// The connections of one hub name.
class HubConnections {
 public:
  HubConnections(std::string name, GroupObserver* observer)
      : name_(std::move(name)), observer_(observer) {}
  HubConnections(const HubConnections&) = delete;
  HubConnections& operator=(const HubConnections&) = delete;

  const std::string& name() const noexcept { return name_; }
  bool empty() const noexcept { return by_id_.empty(); }

  void add(Connection& connection);
  void remove(Connection& connection);  ///< From its groups too.

  /// Idempotent, as the operations of clients are.
  void join(Connection& connection, std::string_view group);
  void leave(Connection& connection, std::string_view group);
  void leave_all(Connection& connection);
  bool is_member(const Connection& connection, std::string_view group) const;

  Connection* find(std::string_view id) const;
  /// Null when there is nobody. The pointers hold until the next change.
  const Members* group(std::string_view name) const;
  const Members* user(std::string_view user_id) const;
  const TextMap<Connection*>& all() const noexcept { return by_id_; }
  std::vector<std::string> group_names() const;

  /// As group(), for somebody who is about to send to it.
  const Members* group_to_send_to(std::string_view name);

 private:
  void drop(Connection& connection, Group& group);

  std::string name_;
  GroupObserver* observer_;
  TextMap<Connection*> by_id_;
  TextMap<Members> by_user_;
  TextMap<Group> groups_;  // nodes stay where they are, so connections point at them
};

/// The hubs that have connections. Names are canonical (names.h).
class Connections {
 public:
  /// Before the first connection.
  void set_observer(GroupObserver& observer) { observer_ = &observer; }

  HubConnections& add(std::string_view hub, Connection& connection);
  /// Removes the hub with its last connection.
  void remove(HubConnections& hub, Connection& connection);
  HubConnections* find(std::string_view hub);
  std::size_t hubs() const noexcept { return hubs_.size(); }

 private:
  GroupObserver* observer_ = nullptr;
  TextMap<HubConnections> hubs_;
};

}  // namespace webpubsub::hub
