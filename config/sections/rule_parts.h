// The parts of a rule, each read by a file of its own.

#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "bridge/mqtt/options.h"
#include "bridge/rules/rule_options.h"
#include "config/section.h"

namespace gateway::config {

/// What `parse` makes of the text; a report of its error otherwise.
template <class Parse>
auto parse_text(const Value& value, const Parse& parse)
    -> std::optional<std::decay_t<decltype(*parse(std::string_view()))>> {
  const auto text = value.text();
  if (!text) return std::nullopt;
  auto parsed = parse(*text);
  if (parsed) return std::move(*parsed);
  value.report(parsed.error().message);
  return std::nullopt;
}

/// One value, or the items of a list of them.
std::vector<Value> one_or_more(const Value& value);

/// `topic` and `except`; nothing after a report.
std::optional<RuleTopics> read_topics(Section& rule);

/// `payload` and what belongs to it.
void read_payload(Section& rule, RuleOptions& options);

/// Into `rule`, which has its topics. In this order: later ones use the fields of earlier ones.
void read_time(const Value& time, RuleOptions& rule);
void read_jq(const Value& jq, RuleOptions& rule);
void read_select(const Value& select, RuleOptions& rule);
void read_convert(const Value& convert, RuleOptions& rule);
void read_where(const Value& where, RuleOptions& rule);
void read_thin(Section thin, RuleOptions& rule);
void read_window(Section window, RuleOptions& rule);

/// `format`, `object` and `batch`.
void read_format(Section& rule, RuleOptions& options);

/// A scalar as YAML has it: plain numbers, true and false as they are, anything else as text.
std::optional<OwnedValue> read_constant(const Value& value);

/// Into `key`, as ReadingKey has it.
void read_per(const Value& per, const RuleOptions& rule, std::string& key);
/// Reports `name` as one that `select` does not make, if it does not.
void check_field(const Value& place, std::string_view name, const RuleOptions& rule);

/// `event` and `reply`, after all that they have to go with. Without `knows_topics` nobody can say
/// which variables are right.
void read_event(Section& rule, bool knows_topics, RuleOptions& options);

/// `send`, `store`, `offline` and `replay`, of a gateway with such an `mqtt`.
void read_delivery(Section& rule, const MqttOptions& mqtt, RuleOptions& options);

}  // namespace gateway::config
