#include "bridge/rules/decode/decoder.h"
#include "config/sections/rule_parts.h"
#include "config/sections/sections.h"
#include "config/words.h"

namespace gateway::config {
namespace {

/// Reports what only is wrong of two keys together.
void check_together(const Value& rule_place, const Value& group_value, const RuleOptions& rule) {
  const bool has_fields = rule.payload == PayloadType::Json || needs_decoder(rule);
  if (!has_fields && uses_payload(rule.group)) {
    group_value.report("fields of the payload need a payload that has some, such as json");
  }
  if (rule.payload == PayloadType::Binary && !needs_decoder(rule) && looks_into_payload(rule)) {
    rule_place.report(
        "jq, select, convert, where, thin, window and formats that look into readings need a "
        "layout where payload is binary");
  }
}

void read_rule(Section rule, TakenNames& taken, Settings& settings) {
  RuleOptions options;
  const auto name = read_name(rule, taken);
  auto topics = read_topics(rule);
  // Without the topics' captures nobody can say which variables are right.
  const bool knows_topics = topics.has_value();
  if (knows_topics) options.topics = std::move(*topics);
  const bool sends_events = rule.at("event").given();
  const auto group_value = sends_events ? rule.at("group") : rule.required("group", "site-{site}");
  std::optional<TextTemplate> group;
  if (knows_topics) {
    group = parse_text(group_value,
                       [&](std::string_view text) { return parse_group(text, options.topics); });
  }
  assign(options.qos, rule.at("qos").integer(0, 2));
  read_payload(rule, options);
  assign(options.retained, read_word(rule.at("retained"), kRetained));
  const auto time = rule.at("time");
  const auto jq = rule.at("jq");
  const auto select = rule.at("select");
  const auto convert = rule.at("convert");
  const auto where = rule.at("where");
  const auto thin = rule.at("thin");
  const auto window = rule.at("window");
  if (knows_topics || rule.self().reading().keys != nullptr) {
    read_time(time, options);
    read_jq(jq, options);
    read_select(select, options);
    read_convert(convert, options);
    read_where(where, options);
    read_thin(thin.section(), options);
    read_window(window.section(), options);
  }
  read_format(rule, options);
  read_delivery(rule, settings.mqtt, options);
  assign(options.no_echo, rule.at("no_echo").boolean());
  assign(options.snapshot, rule.at("snapshot").boolean());
  read_event(rule, knows_topics, options);
  rule.finish();
  if (sends_events && !options.event.empty()) {
    group = std::move(parse_group(options.event, options.topics)).value();
  }
  if (!name || !knows_topics || !group) return;
  options.name = *name;
  options.group = std::move(*group);
  check_together(rule.self(), group_value, options);
  settings.rules.push_back(std::move(options));
}

}  // namespace

void read_rules(const Value& rules, TakenNames& taken, Settings& settings) {
  for (const auto& item : rules.items()) read_rule(item.section(), taken, settings);
}

}  // namespace gateway::config
