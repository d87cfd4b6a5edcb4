#include <algorithm>

#include "config/sections/command_parts.h"
#include "config/sections/rule_parts.h"
#include "config/sections/sections.h"
#include "config/suggest.h"

namespace gateway::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;  // of a message at the service
constexpr seconds kLongestExpiry{7 * 24 * 3600};
constexpr milliseconds kLongestMemory{7LL * 24 * 3600 * 1000};
constexpr std::size_t kMostProperties = 20;

void read_from(const Value& value, CommandOptions& command) {
  const auto text = value.text();
  if (!text || *text == "server") return;
  if (*text == "invoke") {
    command.from_invoke = true;
    return;
  }
  if (text->starts_with("group:") && is_valid_group(text->substr(6))) {
    command.from_group = text->substr(6);
    return;
  }
  value.report("server, invoke or group:NAME expected; got " + in_quotes(*text) +
               suggestion(std::string_view(*text).substr(0, text->find(':') + 1), {"group:"}) +
               suggestion(*text, {"server", "invoke"}));
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

void read_payload(const Value& value, CommandOptions& command) {
  auto text = value.text();
  if (!text) return;
  if (is_valid_json_pointer(*text)) {
    command.payload = std::move(*text);
  } else if (text->find('{') != std::string::npos) {
    command.payload_template =
        parse_text(value, [](std::string_view each) { return parse_command_text(each); });
  } else {
    value.report_unexpected(
        "a JSON pointer such as /args, a template such as \"set {/value}\", or \"\" for the whole "
        "message,",
        *text);
  }
}

void read_properties(const Value& value, CommandOptions& command) {
  for (const auto& [name, text] : value.members()) {
    auto parsed = parse_text(text, [](std::string_view each) { return parse_command_text(each); });
    if (parsed) command.user_properties.emplace_back(name, std::move(*parsed));
  }
  if (command.user_properties.size() > kMostProperties) {
    value.report("at most " + std::to_string(kMostProperties) + " expected");
  }
}

void read_limits(Section& section, CommandOptions& command) {
  assign(command.max_size, section.at("max_size").size(1, kMostBytes));
  assign(command.id, read_pointer(section.at("id"), "/id"));
  assign(command.remember, section.at("remember").duration(milliseconds(0), kLongestMemory));
  read_deadline(section.at("deadline"), command.deadline);
  assign(command.rate_limit, section.at("rate_limit").rate(0, 10'000));
  assign(command.sender_rate_limit, section.at("sender_rate_limit").rate(0, 10'000));
  assign(command.dry_run, section.at("dry_run").boolean());
}

void read_command(Section section, TakenNames& taken, std::vector<CommandOptions>& commands) {
  CommandOptions command;
  auto name = read_name(section, taken);
  read_from(section.at("from"), command);
  read_when(section.at("when"), command.when);
  read_arguments(section.at("arguments"), command.arguments);
  const auto topic = section.required("topic", "devices/{/device}/commands/{/name}");
  bool good_topic = false;
  read_topic(topic, command, good_topic);
  read_payload(section.at("payload"), command);
  assign(command.qos, section.at("qos").integer(0, 2));
  assign(command.retain, section.at("retain").boolean());
  assign(command.expiry, section.at("expiry").duration(seconds(0), kLongestExpiry));
  read_properties(section.at("user_properties"), command);
  const auto allow = section.at("allow");
  read_allow(allow, command);
  if (good_topic) check_allow(topic, allow, command);
  read_limits(section, command);
  read_reply(section.at("reply").section(), command);
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
