#include "bridge/rules/route_table.h"

#include <algorithm>

#include "bridge/rules/topic_levels.h"

namespace gateway {

RouteTable::RouteTable(const std::vector<Route>& routes) {
  for (const auto& route : routes) {
    if (route.except) {
      except_[route.rule].push_back(route.filter);
    } else {
      add(route.filter, route.rule);
    }
  }
}

RouteTable::RouteTable(const std::vector<TopicFilter>& filters) {
  for (std::uint32_t rule = 0; rule < filters.size(); ++rule) add(filters[rule], rule);
}

void RouteTable::add(const TopicFilter& filter, std::uint32_t rule) {
  std::uint32_t node = 0;
  TopicLevels levels(filter.text());
  bool ends_in_hash = false;
  while (!levels.done() && !ends_in_hash) {
    const auto level = levels.next();
    ends_in_hash = level == "#";
    if (!ends_in_hash) node = child(node, level);
  }
  (ends_in_hash ? nodes_[node].hashes : nodes_[node].ends).push_back(rule);
}

std::uint32_t RouteTable::child(std::uint32_t node, std::string_view level) {
  const auto fresh = static_cast<std::uint32_t>(nodes_.size());
  if (level == "+") {
    if (nodes_[node].any_level != kNone) return nodes_[node].any_level;
    nodes_[node].any_level = fresh;
  } else {
    const auto [found, is_new] = nodes_[node].children.try_emplace(std::string(level), fresh);
    if (!is_new) return found->second;
  }
  nodes_.emplace_back();
  return fresh;
}

void RouteTable::match(std::string_view topic, std::vector<std::uint32_t>& rules) const {
  rules.clear();
  // A leading wildcard does not reach topics that start with '$' (MQTT 5.0, 4.7.2).
  descend(nodes_[0], topic, false, !topic.starts_with('$'), rules);
  if (!except_.empty()) {
    std::erase_if(rules, [&](std::uint32_t rule) { return is_excepted(rule, topic); });
  }
  if (rules.size() < 2) return;
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
}

bool RouteTable::is_excepted(std::uint32_t rule, std::string_view topic) const {
  const auto found = except_.find(rule);
  if (found == except_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const TopicFilter& filter) { return filter.matches(topic); });
}

// As deep as the deepest filter, whatever the topic: a node without children ends the walk.
void RouteTable::descend(const Node& node, std::string_view rest, bool done, bool wildcards,
                         std::vector<std::uint32_t>& rules) const {
  if (wildcards) rules.insert(rules.end(), node.hashes.begin(), node.hashes.end());
  if (done) {
    rules.insert(rules.end(), node.ends.begin(), node.ends.end());
    return;
  }
  const auto slash = rest.find('/');
  const auto level = rest.substr(0, slash);
  const bool last = slash == std::string_view::npos;
  const auto below = last ? std::string_view{} : rest.substr(slash + 1);
  if (const auto found = node.children.find(level); found != node.children.end()) {
    descend(nodes_[found->second], below, last, true, rules);
  }
  if (wildcards && node.any_level != kNone) {
    descend(nodes_[node.any_level], below, last, true, rules);
  }
}

}  // namespace gateway
