#include "bridge/rules/value.h"
#include "config/words.h"
#include "config/yaml_writer.h"

namespace gateway::config {
namespace {

void write_bound(YamlWriter& out, std::string_view key, const std::optional<double>& bound) {
  if (bound) out.text(key, format_number(*bound));
}

bool is_any(const CommandCondition& condition) {
  return condition.one_of.empty() && condition.type == ValueType::Any && condition.required &&
         !condition.min && !condition.max && !condition.above && !condition.below &&
         !condition.max_length;
}

void write_check(YamlWriter& out, const CommandCondition& condition) {
  out.open(condition.pointer);
  if (!condition.one_of.empty()) {
    out.open_list("one_of", false);
    for (const auto& json : condition.one_of) out.json_item(json);
    out.close_list();
  }
  if (condition.type != ValueType::Any) out.text("type", word_for(condition.type, kValueTypes));
  write_bound(out, "min", condition.min);
  write_bound(out, "max", condition.max);
  write_bound(out, "above", condition.above);
  write_bound(out, "below", condition.below);
  if (condition.max_length) out.number("max_length", *condition.max_length);
  if (!condition.required) out.flag("required", false);
  out.close();
}

void write_deadline(YamlWriter& out, const CommandDeadline& deadline) {
  out.open("deadline");
  if (deadline.lifetime.empty()) {
    out.text("at", deadline.at);
    if (!deadline.issued.empty()) out.text("issued", deadline.issued);
  } else {
    out.text("lifetime", deadline.lifetime);
  }
  out.duration("tolerance", deadline.tolerance);
  out.close();
}

std::string to_text(const AnswerTarget& target) {
  switch (target.kind) {
    case AnswerTarget::Kind::Event:
      return "event:" + target.name;
    case AnswerTarget::Kind::Group:
      return "group:" + target.name;
    case AnswerTarget::Kind::None:
      break;
  }
  return "none";
}

void write_reply(YamlWriter& out, const ReplyOptions& reply) {
  out.open("reply");
  if (reply.topic) out.text("topic", reply.topic->text());
  out.duration("timeout", reply.timeout);
  if (!reply.id.empty()) out.text("id", reply.id);
  out.text("to", to_text(reply.to));
  out.close();
}

std::string source_of(const CommandOptions& command) {
  if (command.from_group) return "group:" + *command.from_group;
  return command.from_invoke ? "invoke" : "server";
}

}  // namespace

void write_command(YamlWriter& out, const CommandOptions& command) {
  out.begin_map();
  out.text("name", command.name);
  out.text("from", source_of(command));
  out.open("when");
  for (const auto& condition : command.when) {
    if (is_any(condition)) {
      out.text(condition.pointer, "*");
    } else {
      write_check(out, condition);
    }
  }
  out.close();
  out.open("arguments");
  for (const auto& condition : command.arguments) write_check(out, condition);
  out.close();
  out.text("topic", command.topic.text());
  out.text("payload",
           command.payload_template ? command.payload_template->text() : command.payload);
  out.number("qos", command.qos);
  out.flag("retain", command.retain);
  out.duration("expiry", command.expiry);
  out.open("user_properties");
  for (const auto& [name, text] : command.user_properties) out.text(name, text.text());
  out.close();
  out.open_list("allow", command.allow.empty());
  for (const auto& filter : command.allow) out.item(filter.text());
  out.close_list();
  out.text("max_size", webpubsub::format_size(command.max_size));
  out.text("id", command.id);
  out.duration("remember", command.remember);
  if (command.deadline.is_set()) write_deadline(out, command.deadline);
  out.text("rate_limit", webpubsub::format_rate(command.rate_limit));
  out.text("sender_rate_limit", webpubsub::format_rate(command.sender_rate_limit));
  out.flag("dry_run", command.dry_run);
  if (command.reply) write_reply(out, *command.reply);
  out.close();
}

}  // namespace gateway::config
