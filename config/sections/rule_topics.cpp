// topic and except: where the readings of a rule come from.

#include <algorithm>

#include "config/sections/rule_parts.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMostTopics = 100;

bool overlaps_any(const TopicFilter& filter, const std::vector<TopicPattern>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const TopicPattern& pattern) {
    return pattern.filter().overlaps(filter);
  });
}

/// False after a report.
bool is_short(const Value& value, std::size_t items) {
  if (items <= kMostTopics) return true;
  value.report("at most " + std::to_string(kMostTopics) + " topics expected");
  return false;
}

}  // namespace

std::vector<Value> one_or_more(const Value& value) {
  if (!value.given()) return {};
  if (value.node()->kind == YamlNode::Kind::Sequence) return value.items();
  return {value};
}

std::optional<RuleTopics> read_topics(Section& rule) {
  const auto topic = rule.required("topic", "sensors/{site}/{device}/telemetry");
  const auto items = one_or_more(topic);
  bool right = topic.given() && is_short(topic, items.size());
  if (topic.given() && items.empty()) topic.report("at least one topic expected");
  std::vector<TopicPattern> patterns;
  for (const auto& item : items) {
    auto pattern =
        parse_text(item, [](std::string_view text) { return TopicPattern::parse(text); });
    if (pattern) patterns.push_back(std::move(*pattern));
  }
  right = right && !patterns.empty() && patterns.size() == items.size();

  const auto exceptions = rule.at("except");
  const auto excepted = one_or_more(exceptions);
  right = is_short(exceptions, excepted.size()) && right;
  std::vector<TopicFilter> filters;
  for (const auto& item : excepted) {
    // As in topic: {name} is a level, though nothing asks for it.
    const auto pattern =
        parse_text(item, [](std::string_view text) { return TopicPattern::parse(text); });
    if (!pattern) {
      right = false;
    } else if (right && !overlaps_any(pattern->filter(), patterns)) {
      item.report("takes nothing away: no topic of the rule matches \"" + pattern->text() + "\"");
      right = false;
    } else {
      filters.push_back(pattern->filter());
    }
  }
  if (!right) return std::nullopt;
  return RuleTopics(std::move(patterns), std::move(filters));
}

}  // namespace gateway::config
