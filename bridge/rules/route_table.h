// Which rules a topic belongs to.
//
// A tree over topic levels, built once and never changed: what a lookup costs grows with the
// depth of the topic, not with the number of rules.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bridge/rules/topic_filter.h"

namespace gateway {

class RouteTable {
 public:
  struct Route {
    TopicFilter filter;
    std::uint32_t rule = 0;  // what match() answers
    bool except = false;     // takes topics away from the rule
  };
  explicit RouteTable(const std::vector<Route>& routes);
  /// The rule with filter `filters[i]` is called i in what match() answers.
  explicit RouteTable(const std::vector<TopicFilter>& filters);

  /// Replaces `rules` by those with a filter that matches `topic` and no exception that does,
  /// ascending, each once. Any thread; `rules` keeps its memory.
  void match(std::string_view topic, std::vector<std::uint32_t>& rules) const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Node {
    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> children{};
    std::uint32_t any_level = kNone;      // child for '+'
    std::vector<std::uint32_t> ends{};    // rules whose filter ends here
    std::vector<std::uint32_t> hashes{};  // rules whose filter goes on with '#'
  };

  void add(const TopicFilter& filter, std::uint32_t rule);
  std::uint32_t child(std::uint32_t node, std::string_view level);
  void descend(const Node& node, std::string_view rest, bool done, bool wildcards,
               std::vector<std::uint32_t>& rules) const;

  bool is_excepted(std::uint32_t rule, std::string_view topic) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::unordered_map<std::uint32_t, std::vector<TopicFilter>> except_{};  // by rule
};

}  // namespace gateway
