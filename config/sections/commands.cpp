#include <algorithm>

#include "config/sections/sections.h"
#include "config/suggest.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway::config {
namespace {

/// A scalar as JSON text: plain numbers, true, false and null as they are, anything else as text.
std::optional<std::string> read_scalar(const Value& value) {
  auto text = value.text();
  if (!text) return std::nullopt;
  const bool plain = !value.node()->quoted && webpubsub::is_valid_json(*text);
  // A plain JSON value that is neither a string nor a list nor an object.
  if (plain && text->find_first_of("\"[{ ") == std::string::npos) return text;
  std::string json;
  webpubsub::append_json_string(json, *text);
  return json;
}

void read_one_of(const Value& list, std::vector<std::string>& one_of) {
  for (const auto& item : list.items()) {
    if (!item.given()) {
      one_of.emplace_back("null");
    } else if (auto json = read_scalar(item)) {
      one_of.push_back(std::move(*json));
    }
  }
  if (list.given() && list.node()->kind == YamlNode::Kind::Sequence && list.node()->items.empty()) {
    list.report("at least one value expected");
  }
}

void read_condition(const std::string& pointer, const Value& value, CommandOptions& command) {
  if (pointer.empty() || !is_valid_json_pointer(pointer)) {
    value.report("a JSON pointer such as /type expected as the key");
    return;
  }
  CommandCondition condition{.pointer = pointer, .one_of = {}};
  if (!value.given()) {
    // More likely forgotten than meant.
    value.report("a value expected, \"*\" for any, or {one_of: [null]} for null");
  } else if (value.node()->kind == YamlNode::Kind::Map) {
    auto section = value.section();
    read_one_of(section.required("one_of", "[start, stop]"), condition.one_of);
    section.finish();
  } else if (value.node()->kind == YamlNode::Kind::Sequence) {
    value.report("text, a number, \"*\" or {one_of: [...]} expected");
  } else if (auto json = read_scalar(value); json && *json != "\"*\"") {
    condition.one_of.push_back(std::move(*json));
  }
  command.when.push_back(std::move(condition));
}

void read_from(const Value& value, CommandOptions& command) {
  const auto text = value.text();
  if (!text || *text == "server") return;
  if (text->starts_with("group:") && is_valid_group(text->substr(6))) {
    command.from_group = text->substr(6);
    return;
  }
  value.report("server or group:NAME expected; got " + in_quotes(*text) +
               suggestion(std::string_view(*text).substr(0, text->find(':') + 1), {"group:"}) +
               suggestion(*text, {"server"}));
}

void read_topic(const Value& value, CommandOptions& command, bool& good) {
  const auto text = value.text();
  good = false;
  if (!text) return;
  auto parsed = parse_command_topic(*text);
  if (!parsed) {
    value.report(parsed.error().message);
    return;
  }
  command.topic = std::move(*parsed);
  good = true;
}

void read_allow(const Value& value, CommandOptions& command) {
  for (const auto& item : value.items()) {
    const auto text = item.text();
    if (!text) continue;
    auto filter = TopicFilter::parse(*text);
    if (filter) {
      command.allow.push_back(std::move(*filter));
    } else {
      item.report(filter.error().message);
    }
  }
}

void check_allow(const Value& topic, const Value& allow, const CommandOptions& command) {
  const bool empty = !allow.given() || (allow.node()->kind == YamlNode::Kind::Sequence &&
                                        allow.node()->items.empty());
  if (!command.topic.is_constant()) {
    if (empty) {
      topic.report(
          "a topic with variables needs allow: what it may become, such as "
          "[\"devices/+/commands/#\"]");
    }
    return;
  }
  std::string name;
  for (const auto& part : command.topic.parts()) name += part.text;
  const auto matches = [&](const TopicFilter& filter) { return filter.matches(name); };
  if (!command.allow.empty() && std::none_of(command.allow.begin(), command.allow.end(), matches)) {
    allow.report("none of these matches the topic " + in_quotes(name));
  }
}

void read_command(Section section, TakenNames& taken, std::vector<CommandOptions>& commands) {
  CommandOptions command;
  auto name = read_name(section, taken);
  read_from(section.at("from"), command);
  for (const auto& [pointer, value] : section.at("when").members()) {
    read_condition(pointer, value, command);
  }
  const auto topic = section.required("topic", "devices/{/device}/commands/{/name}");
  bool good_topic = false;
  read_topic(topic, command, good_topic);
  const auto payload = section.at("payload");
  if (auto pointer = payload.text()) {
    if (is_valid_json_pointer(*pointer)) {
      command.payload = std::move(*pointer);
    } else {
      payload.report_unexpected("a JSON pointer such as /args, or \"\" for the whole message,",
                                *pointer);
    }
  }
  assign(command.qos, section.at("qos").integer(0, 2));
  assign(command.retain, section.at("retain").boolean());
  const auto allow = section.at("allow");
  read_allow(allow, command);
  if (good_topic) check_allow(topic, allow, command);
  section.finish();
  if (!name) return;
  command.name = std::move(*name);
  commands.push_back(std::move(command));
}

}  // namespace

void read_commands(const Value& commands, TakenNames& taken, Settings& settings) {
  for (const auto& item : commands.items()) read_command(item.section(), taken, settings.commands);
}

}  // namespace gateway::config
