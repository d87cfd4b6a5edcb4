#include "bridge/downlink/command_rules.h"

#include <algorithm>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::DataType;

namespace {

constexpr std::size_t kMaxTopicValue = 256;

JsonValue parse_scalar(std::string_view text) {
  JsonLookup whole;
  whole.add("");
  return webpubsub::is_valid_json(text) ? whole.find(text).front() : JsonValue{};
}

bool is_topic_scalar(JsonValue::Kind kind) {
  using Kind = JsonValue::Kind;
  return kind == Kind::String || kind == Kind::Number || kind == Kind::True || kind == Kind::False;
}

}  // namespace

bool is_topic_value(std::string_view value) {
  if (value.empty() || value.size() > kMaxTopicValue) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (byte < 0x20 || byte == 0x7F || byte == '/' || byte == '+' || byte == '#') return false;
    // U+0080 to U+009F are control characters as well (MQTT 5.0, 1.5.4).
    const bool is_c1 =
        byte == 0xC2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xA0;
    if (is_c1) return false;
  }
  return true;
}

CommandRules::CommandRules(std::vector<CommandOptions> options, std::string gateway_id)
    : gateway_id_(std::move(gateway_id)) {
  for (auto& each : options) rules_.push_back(compile(std::move(each)));
}

CommandRules::Rule CommandRules::compile(CommandOptions options) {
  Rule rule{.options = std::move(options)};
  for (const auto& condition : rule.options.when) {
    Condition compiled{.value = lookup_.add(condition.pointer)};
    for (const auto& text : condition.one_of) compiled.one_of.push_back(parse_scalar(text));
    rule.conditions.push_back(std::move(compiled));
  }
  for (const auto& part : rule.options.topic.parts()) {
    if (part.literal) {
      rule.topic.emplace_back(part.text);
    } else if (part.text == "gateway.id") {
      rule.topic.emplace_back(gateway_id_);
    } else {
      rule.topic.emplace_back(lookup_.add(part.text));
      rule.topic_varies = true;
    }
  }
  if (!rule.options.payload.empty()) rule.payload = lookup_.add(rule.options.payload);
  return rule;
}

CommandRules::Decision CommandRules::decide(const std::optional<std::string_view>& group,
                                            const Data& data) const {
  const bool is_json = data.type == DataType::Json;
  if (is_json && !webpubsub::is_valid_json(data.bytes)) return {.action = Outcome::Malformed};
  const auto values = is_json ? lookup_.find(data.bytes) : std::vector<JsonValue>{};
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const bool from_here = group ? rule.options.from_group == *group : !rule.options.from_group;
    if (!from_here || (!is_json && rule.looks_inside())) continue;
    if (!matches(rule, values)) continue;
    return {.rule = i, .action = publication(rule, data, values)};
  }
  return {};
}

bool CommandRules::matches(const Rule& rule, const std::vector<JsonValue>& values) {
  return std::all_of(rule.conditions.begin(), rule.conditions.end(), [&](const Condition& each) {
    const JsonValue& value = values[each.value];
    if (each.one_of.empty()) return value.kind != JsonValue::Kind::Absent;
    return std::any_of(each.one_of.begin(), each.one_of.end(),
                       [&](const JsonValue& wanted) { return equal_scalars(value, wanted); });
  });
}

std::optional<std::string> CommandRules::fill_topic(const Rule& rule,
                                                    const std::vector<JsonValue>& values) {
  std::string topic;
  for (const auto& part : rule.topic) {
    if (const auto* text = std::get_if<std::string>(&part)) {
      topic += *text;
      continue;
    }
    const JsonValue& value = values[std::get<std::size_t>(part)];
    if (!is_topic_scalar(value.kind) || !is_topic_value(value.text)) return std::nullopt;
    topic += value.text;
  }
  if (!is_valid_topic(topic)) return std::nullopt;
  return topic;
}

std::variant<MqttPublication, Outcome> CommandRules::publication(
    const Rule& rule, const Data& data, const std::vector<JsonValue>& values) {
  auto topic = fill_topic(rule, values);
  if (!topic) return Outcome::BadValue;
  const auto& allow = rule.options.allow;
  const bool allowed = (allow.empty() && !rule.topic_varies) ||
                       std::any_of(allow.begin(), allow.end(),
                                   [&](const auto& each) { return each.matches(*topic); });
  // The broker's own topics are no device's, whatever `allow` says.
  if (!allowed || topic->starts_with('$')) return Outcome::NotAllowed;
  MqttPublication publication{
      .topic = std::move(*topic), .qos = rule.options.qos, .retain = rule.options.retain};
  if (!rule.payload) {
    publication.payload = data.bytes;
    return publication;
  }
  const JsonValue& payload = values[*rule.payload];
  if (payload.kind == JsonValue::Kind::Absent) return Outcome::BadValue;
  publication.payload = payload.text;
  return publication;
}

}  // namespace gateway
