#include "bridge/rules/rule_topics.h"

#include <algorithm>
#include <utility>

namespace gateway {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

RuleTopics::RuleTopics(std::vector<TopicPattern> patterns, std::vector<TopicFilter> except)
    : patterns_(std::move(patterns)), except_(std::move(except)) {
  for (const auto& name : patterns_.front().variables()) {
    const bool everywhere =
        std::all_of(patterns_.begin(), patterns_.end(),
                    [&](const TopicPattern& each) { return contains(each.variables(), name); });
    if (everywhere) variables_.push_back(name);
  }
}

bool RuleTopics::has_variable(std::string_view name) const { return contains(variables_, name); }

const TopicPattern* RuleTopics::pattern_of(std::string_view topic) const {
  const auto found =
      std::find_if(patterns_.begin(), patterns_.end(),
                   [&](const TopicPattern& each) { return each.filter().matches(topic); });
  return found == patterns_.end() ? nullptr : &*found;
}

std::vector<std::string_view> RuleTopics::capture(const TopicPattern& pattern,
                                                  std::string_view topic) const {
  std::vector<std::string_view> values;
  pattern.capture(topic, values);
  std::vector<std::string_view> ours;
  ours.reserve(variables_.size());
  const auto& names = pattern.variables();
  for (const auto& name : variables_) {
    const auto at = std::find(names.begin(), names.end(), name) - names.begin();
    ours.push_back(values[static_cast<std::size_t>(at)]);
  }
  return ours;
}

}  // namespace gateway
