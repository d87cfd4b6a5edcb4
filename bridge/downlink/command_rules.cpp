#include "bridge/downlink/command_rules.h"

#include <algorithm>

#include "bridge/downlink/any_value.h"
#include "bridge/downlink/deadline.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::DataType;

namespace {

constexpr std::size_t kMaxTopicValue = 256;
constexpr std::size_t kMaxId = 256;
constexpr std::size_t kMaxProperty = 1024;

bool has_control(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    // U+0080 to U+009F are control characters as well (MQTT 5.0, 1.5.4).
    const bool is_c1 =
        byte == 0xC2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xA0;
    if (is_c1) return true;
  }
  return false;
}

bool is_id(const JsonValue& value) {
  return value.is_scalar() && !value.text.empty() && value.text.size() <= kMaxId &&
         !has_control(value.text);
}

void append_as_json(std::string& out, const JsonValue& value) {
  if (value.kind == JsonValue::Kind::String) {
    webpubsub::append_json_string(out, value.text);
  } else {
    out += value.text;
  }
}

}  // namespace

bool is_topic_value(std::string_view value) {
  return !value.empty() && value.size() <= kMaxTopicValue && !has_control(value) &&
         value.find_first_of("/+#") == std::string_view::npos;
}

CommandRules::CommandRules(std::vector<CommandOptions> options, std::string gateway_id)
    : gateway_id_(std::move(gateway_id)) {
  rules_.reserve(options.size());
  for (auto& each : options) rules_.push_back(compile(std::move(each)));
}

CommandRules::Rule CommandRules::compile(CommandOptions options) {
  Rule rule{.options = std::move(options)};
  const auto compile_checks = [&](const auto& conditions, std::vector<Check>& checks) {
    for (const auto& each : conditions) {
      checks.push_back({.value = lookup_.add(each.pointer), .condition = Condition(each)});
      rule.looks_inside = true;
    }
  };
  compile_checks(rule.options.when, rule.conditions);
  compile_checks(rule.options.arguments, rule.arguments);
  rule.topic = compile(rule.options.topic, rule);
  rule.topic_varies = std::any_of(rule.topic.begin(), rule.topic.end(),
                                  [](const Part& part) { return part.index() == 1; });
  if (rule.options.reply && rule.options.reply->topic) {
    rule.reply_topic = compile(*rule.options.reply->topic, rule);
  }
  if (rule.options.payload_template) {
    rule.payload_parts = compile(*rule.options.payload_template, rule);
  }
  for (const auto& [name, text] : rule.options.user_properties) {
    rule.user_properties.emplace_back(name, compile(text, rule));
  }
  rule.payload = add(rule.options.payload, rule);
  rule.id = add(rule.options.id, rule);
  rule.deadline = add(rule.options.deadline.at, rule);
  rule.issued = add(rule.options.deadline.issued, rule);
  rule.lifetime = add(rule.options.deadline.lifetime, rule);
  return rule;
}

CommandRules::Parts CommandRules::compile(const TextTemplate& text, Rule& rule) {
  Parts parts;
  for (const auto& part : text.parts()) {
    if (part.literal) {
      parts.emplace_back(part.text);
    } else if (part.text == "gateway.id") {
      parts.emplace_back(gateway_id_);
    } else {
      parts.emplace_back(lookup_.add(part.text));
      rule.looks_inside = true;
    }
  }
  return parts;
}

std::optional<std::size_t> CommandRules::add(const std::string& pointer, Rule& rule) {
  if (pointer.empty()) return std::nullopt;
  rule.looks_inside = true;
  return lookup_.add(pointer);
}

std::variant<CommandRules::Match, Reason> CommandRules::match(const CommandSource& source,
                                                              const Data& data) const {
  const bool is_json = data.type == DataType::Json;
  if (is_json && !webpubsub::is_valid_json(data.bytes)) return Reason::Malformed;
  auto values = is_json ? lookup_.find(data.bytes) : std::vector<JsonValue>{};
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    const auto& options = rule.options;
    const bool from_here = source.group
                               ? options.from_group == *source.group
                               : !options.from_group && (source.invoked || !options.from_invoke);
    if (!from_here || (!is_json && rule.looks_inside)) continue;
    const bool meant =
        std::all_of(rule.conditions.begin(), rule.conditions.end(),
                    [&](const Check& each) { return each.condition.holds(values[each.value]); });
    if (meant) return Match{.rule = i, .values = std::move(values)};
  }
  return Reason::Unmatched;
}

std::string CommandRules::id_of(const Match& match) const {
  const auto& place = rules_[match.rule].id;
  if (!place || !is_id(match.values[*place])) return {};
  return match.values[*place].text;
}

/// What is wrong with it before anything is made of it.
std::optional<CommandEnd> CommandRules::check(const Rule& rule,
                                              const std::vector<JsonValue>& values) const {
  const bool fits =
      std::all_of(rule.arguments.begin(), rule.arguments.end(),
                  [&](const Check& each) { return each.condition.holds(values[each.value]); });
  if (!fits) return rejected(Reason::BadArgument);
  if (rule.id && !is_id(values[*rule.id])) return rejected(Reason::BadValue);
  return std::nullopt;
}

std::variant<Command, CommandEnd> CommandRules::make(const Match& match, const Data& data,
                                                     webpubsub::WallTime now) const {
  const Rule& rule = rules_[match.rule];
  const auto& values = match.values;
  if (auto wrong = check(rule, values)) return *wrong;
  auto topic = fill_topic(rule.topic, values);
  if (!topic) return rejected(Reason::BadValue);
  const auto& allow = rule.options.allow;
  const bool allowed = (allow.empty() && !rule.topic_varies) ||
                       std::any_of(allow.begin(), allow.end(),
                                   [&](const auto& each) { return each.matches(*topic); });
  // The broker's own topics are no device's, whatever `allow` says.
  if (!allowed || topic->starts_with('$')) return rejected(Reason::NotAllowed);
  auto payload = payload_of(rule, data, values);
  if (!payload) return rejected(Reason::BadValue);
  Command command{.publication = {.topic = std::move(*topic),
                                  .payload = std::move(*payload),
                                  .qos = rule.options.qos,
                                  .retain = rule.options.retain,
                                  .expiry = rule.options.expiry}};
  if (!add_properties(rule, values, command.publication)) return rejected(Reason::BadValue);
  if (rule.id) command.id = values[*rule.id].text;
  if (!rule.reply_topic.empty()) {
    auto reply_topic = fill_topic(rule.reply_topic, values);
    if (!reply_topic || reply_topic->starts_with('$')) return rejected(Reason::BadValue);
    command.reply_topic = std::move(*reply_topic);
  }
  if (rule.options.deadline.is_set()) {
    const auto place = [&](const auto& at) { return at ? &values[*at] : nullptr; };
    command.time_left = time_left({.at = place(rule.deadline),
                                   .issued = place(rule.issued),
                                   .lifetime = place(rule.lifetime),
                                   .tolerance = rule.options.deadline.tolerance},
                                  now);
    if (!command.time_left) return CommandEnd{.outcome = Outcome::Expired};
  }
  return command;
}

std::optional<std::string> CommandRules::fill_topic(const Parts& parts,
                                                    const std::vector<JsonValue>& values) {
  std::string topic;
  for (const auto& part : parts) {
    if (const auto* text = std::get_if<std::string>(&part)) {
      topic += *text;
      continue;
    }
    const JsonValue& value = values[std::get<std::size_t>(part)];
    if (!value.is_scalar() || !is_topic_value(value.text)) return std::nullopt;
    topic += value.text;
  }
  if (!is_valid_topic(topic)) return std::nullopt;
  return topic;
}

std::optional<std::string> CommandRules::payload_of(const Rule& rule, const Data& data,
                                                    const std::vector<JsonValue>& values) {
  if (rule.options.payload_template) {
    const bool as_json = is_json_template(*rule.options.payload_template);
    std::string payload;
    for (const auto& part : rule.payload_parts) {
      if (const auto* text = std::get_if<std::string>(&part)) {
        payload += *text;
        continue;
      }
      const JsonValue& value = values[std::get<std::size_t>(part)];
      if (value.kind == JsonValue::Kind::Absent) return std::nullopt;
      if (as_json) {
        append_as_json(payload, value);
      } else {
        payload += value.text;
      }
    }
    return payload;
  }
  if (rule.payload) {
    const JsonValue& payload = values[*rule.payload];
    if (payload.kind == JsonValue::Kind::Absent) return std::nullopt;
    return payload.text;
  }
  // The envelope is the service's; a device speaks its own messages.
  if (data.type == DataType::Protobuf) return value_in_any(data.bytes);
  return data.bytes;
}

bool CommandRules::add_properties(const Rule& rule, const std::vector<JsonValue>& values,
                                  MqttPublication& publication) {
  for (const auto& [name, parts] : rule.user_properties) {
    std::string text;
    for (const auto& part : parts) {
      if (const auto* literal = std::get_if<std::string>(&part)) {
        text += *literal;
        continue;
      }
      const JsonValue& value = values[std::get<std::size_t>(part)];
      if (!value.is_scalar() || has_control(value.text)) return false;
      text += value.text;
    }
    if (text.size() > kMaxProperty) return false;
    publication.user_properties.emplace_back(name, std::move(text));
  }
  return true;
}

}  // namespace gateway
