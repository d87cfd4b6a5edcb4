// The groups a dashboard page watches: names, and prefixes such as "site-*" whose groups are only
// known once somebody uses them.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "hub/connections.h"

namespace webpubsub::hub {

class DashboardGroups : public GroupObserver {
 public:
  /// Groups found by prefix; more are not followed, and counted.
  static constexpr std::size_t kMaxFound = 1000;

  DashboardGroups(Connections& connections, std::string_view hub, std::vector<std::string> groups);

  /// Pages that are connected leave and join as the new list says.
  void set_groups(std::vector<std::string> groups);
  const std::vector<std::string>& configured() const noexcept { return configured_; }
  /// Every group that pages are in now.
  std::vector<std::string> names() const;
  std::size_t not_followed() const noexcept { return not_followed_; }

  /// `page` must be among the connections already.
  void add_page(Connection& page);
  void remove_page(Connection& page);

  void on_group_active(std::string_view hub, std::string_view group) override;

 private:
  bool covers(std::string_view group) const;
  void find_existing();
  void join_all(Connection& page);

  Connections& connections_;
  std::string hub_;
  std::vector<std::string> configured_;
  std::unordered_set<std::string> names_;
  std::unordered_set<Connection*> pages_;
  std::size_t not_followed_ = 0;
};

/// "site-*" is the prefix "site-"; anything else is a name.
bool is_group_prefix(std::string_view configured);

}  // namespace webpubsub::hub
