#include "hub/dashboard_groups.h"

#include <algorithm>
#include <utility>

#include "hub/text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

bool is_group_prefix(std::string_view configured) { return configured.ends_with('*'); }

DashboardGroups::DashboardGroups(Connections& connections, std::string_view hub,
                                 std::vector<std::string> groups)
    : connections_(connections), hub_(canonical_hub_name(hub)) {
  set_groups(std::move(groups));
}

bool DashboardGroups::covers(std::string_view group) const {
  return std::any_of(configured_.begin(), configured_.end(), [&](std::string_view entry) {
    if (!is_group_prefix(entry)) return entry == group;
    entry.remove_suffix(1);
    return group.starts_with(entry);
  });
}

std::vector<std::string> DashboardGroups::names() const { return {names_.begin(), names_.end()}; }

void DashboardGroups::set_groups(std::vector<std::string> groups) {
  configured_ = std::move(groups);
  HubConnections* hub = connections_.find(hub_);
  for (auto name = names_.begin(); name != names_.end();) {
    if (covers(*name)) {
      ++name;
      continue;
    }
    for (Connection* page : pages_) hub->leave(*page, *name);
    name = names_.erase(name);
  }
  for (const std::string& entry : configured_) {
    if (!is_group_prefix(entry) && is_valid_group_name(entry)) names_.insert(entry);
  }
  find_existing();
  for (Connection* page : pages_) join_all(*page);
}

void DashboardGroups::find_existing() {
  const HubConnections* hub = connections_.find(hub_);
  if (hub == nullptr) return;
  for (std::string& name : hub->group_names()) {
    if (names_.size() < kMaxFound && covers(name)) names_.insert(std::move(name));
  }
}

void DashboardGroups::add_page(Connection& page) {
  pages_.insert(&page);
  join_all(page);
}

void DashboardGroups::join_all(Connection& page) {
  HubConnections* hub = connections_.find(hub_);
  for (const std::string& name : names()) hub->join(page, name);
}

void DashboardGroups::remove_page(Connection& page) { pages_.erase(&page); }

void DashboardGroups::on_group_active(std::string_view hub_name, std::string_view group) {
  // A name seen before needs nothing: pages are in it, or left it because they wanted to.
  if (hub_name != hub_ || !covers(group) || names_.contains(std::string(group))) return;
  if (names_.size() >= kMaxFound) {
    ++not_followed_;
    return;
  }
  const std::string& name = *names_.emplace(group).first;
  HubConnections* hub = connections_.find(hub_);
  if (hub == nullptr) return;
  for (Connection* page : pages_) hub->join(*page, name);
}

}  // namespace webpubsub::hub
