// The states that connections have set in groups, and who follows them. Source: reference, 3.1.
//
// Knows no socket. Connections must be removed before they go.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hub/connection.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

class GroupStateBoard {
 public:
  static constexpr std::size_t kMaxGroups = 100;  // of one connection, to set or to follow
  static constexpr std::size_t kMaxBytes = 8 * 1024;
  using Key = std::pair<std::string, std::string>;  // hub and group
  using Followers = std::unordered_set<Connection*>;

  /// Nothing as `state` clears it. False when it is too large or there are too many.
  [[nodiscard]] bool set(const Key& where, Connection& connection, std::optional<StringMap> state,
                         std::int64_t now);
  [[nodiscard]] bool follow(const Key& where, Connection& connection);
  void unfollow(const Key& where, Connection& connection);

  /// Everything set in a group.
  GroupStates snapshot(const Key& where) const;
  /// What one connection has set, as those who follow are told.
  GroupStates update(const Key& where, const Connection& connection, std::int64_t now) const;
  std::vector<Connection*> followers(const Key& where) const;

  /// Forgets a connection; returns where it had set something.
  std::vector<Key> remove(Connection& connection);

 private:
  struct Group {
    std::map<const Connection*, GroupStateItem> items{};
    Followers followers{};
  };
  bool has_room(const Connection& connection) const;

  std::map<Key, Group> groups_;
};

}  // namespace webpubsub::hub
