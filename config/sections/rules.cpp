#include "config/sections/sections.h"
#include "config/words.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostSamples = 10'000;
constexpr std::size_t kLeastBatchBytes = 256;
constexpr std::size_t kMostBatchBytes = 900 * 1024;  // of the service's 1 MB; the rest: envelope

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

BatchOptions read_batch(Section batch) {
  BatchOptions options;
  assign(options.max_samples, batch.at("max_samples").integer(1, kMostSamples));
  assign(options.max_bytes, batch.at("max_bytes").size(kLeastBatchBytes, kMostBatchBytes));
  assign(options.max_delay, batch.at("max_delay").duration(milliseconds(0), milliseconds(60'000)));
  batch.finish();
  return options;
}

void read_rule(Section rule, TakenNames& taken, std::vector<RuleOptions>& rules) {
  auto name = read_name(rule, taken);
  auto topic = parse_text(rule.required("topic", "sensors/{site}/{device}/telemetry"),
                          [](std::string_view text) { return TopicPattern::parse(text); });
  const auto group_value = rule.required("group", "site-{site}");
  std::optional<TextTemplate> group;
  // Without the topic's captures nobody can say which variables are right.
  if (topic) {
    group =
        parse_text(group_value, [&](std::string_view text) { return parse_group(text, *topic); });
  }
  const RuleOptions defaults = [&] {
    auto any = TopicPattern::parse("#");
    return RuleOptions{.topic = std::move(*any), .group = {}};
  }();
  const auto qos = rule.at("qos").integer(0, 2);
  const auto payload = read_word(rule.at("payload"), kPayloadTypes);
  const auto format = read_word(rule.at("format"), kFormats);
  const auto batch = read_batch(rule.at("batch").section());
  const auto send = read_word(rule.at("send"), kSendModes);
  const auto no_echo = rule.at("no_echo").boolean();
  rule.finish();
  if (!name || !topic || !group) return;
  rules.push_back({
      .name = std::move(*name),
      .topic = std::move(*topic),
      .qos = static_cast<std::uint8_t>(qos.value_or(defaults.qos)),
      .group = std::move(*group),
      .payload = payload.value_or(defaults.payload),
      .format = format.value_or(defaults.format),
      .batch = batch,
      .no_echo = no_echo.value_or(defaults.no_echo),
      .send = send.value_or(defaults.send),
  });
}

}  // namespace

void read_rules(const Value& rules, TakenNames& taken, Settings& settings) {
  for (const auto& item : rules.items()) read_rule(item.section(), taken, settings.rules);
}

}  // namespace gateway::config
