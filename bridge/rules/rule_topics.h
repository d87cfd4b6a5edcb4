// The topics of one rule: patterns that name them, less those that its exceptions take away.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/topic_pattern.h"

namespace gateway {

class RuleTopics {
 public:
  RuleTopics() = default;
  /// At least one pattern.
  explicit RuleTopics(std::vector<TopicPattern> patterns, std::vector<TopicFilter> except = {});

  const std::vector<TopicPattern>& patterns() const noexcept { return patterns_; }
  const std::vector<TopicFilter>& except() const noexcept { return except_; }
  /// What every pattern captures: what the rest of the rule may use.
  const std::vector<std::string>& variables() const noexcept { return variables_; }
  bool has_variable(std::string_view name) const;

  /// The first pattern that matches `topic`; nullptr when none does.
  const TopicPattern* pattern_of(std::string_view topic) const;
  /// What `pattern`, one of ours, captures of `topic`, in the order of variables(). Views into
  /// `topic`.
  std::vector<std::string_view> capture(const TopicPattern& pattern, std::string_view topic) const;

  bool operator==(const RuleTopics&) const = default;

 private:
  std::vector<TopicPattern> patterns_{};
  std::vector<TopicFilter> except_{};
  std::vector<std::string> variables_{};
};

}  // namespace gateway
