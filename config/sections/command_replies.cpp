#include "config/sections/command_parts.h"
#include "config/sections/rule_parts.h"
#include "config/suggest.h"
#include "webpubsub/protocol/names.h"

namespace gateway::config {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLongestReply{600'000};
constexpr milliseconds kMostTolerance{3'600'000};

void read_target(const Value& value, AnswerTarget& target) {
  const auto text = value.text();
  if (!text || *text == "none") return;
  const auto colon = text->find(':');
  const auto name = colon == std::string::npos ? std::string() : text->substr(colon + 1);
  if (text->starts_with("event:") && webpubsub::is_valid_event_name(name)) {
    target = {.kind = AnswerTarget::Kind::Event, .name = name};
  } else if (text->starts_with("group:") && is_valid_group(name)) {
    target = {.kind = AnswerTarget::Kind::Group, .name = name};
  } else {
    value.report("event:NAME, group:NAME or none expected; got " + in_quotes(*text));
  }
}

}  // namespace

std::optional<std::string> read_pointer(const Value& value, const std::string& example) {
  auto text = value.text();
  if (!text || text->empty()) return text;
  if (is_valid_json_pointer(*text)) return text;
  value.report_unexpected("a JSON pointer such as " + example, *text);
  return std::nullopt;
}

void read_deadline(const Value& value, CommandDeadline& deadline) {
  if (value.given() && value.node()->kind == YamlNode::Kind::Scalar) {
    assign(deadline.at, read_pointer(value, "/deadline"));
    return;
  }
  auto section = value.section();
  assign(deadline.at, read_pointer(section.at("at"), "/deadline"));
  const auto issued = section.at("issued");
  assign(deadline.issued, read_pointer(issued, "/sent"));
  const auto lifetime = section.at("lifetime");
  assign(deadline.lifetime, read_pointer(lifetime, "/ttl"));
  assign(deadline.tolerance, section.at("tolerance").duration(milliseconds(0), kMostTolerance));
  section.finish();
  if (!deadline.at.empty() && !deadline.lifetime.empty()) {
    lifetime.report("only one of at and lifetime may be given");
  }
  if (deadline.at.empty() && !deadline.issued.empty()) issued.report("it needs at");
}

void read_reply(Section reply, CommandOptions& command) {
  if (!reply.given() && reply.self().reading().keys == nullptr) return;
  ReplyOptions options;
  const auto topic = reply.at("topic");
  options.topic =
      parse_text(topic, [](std::string_view text) { return parse_command_topic(text); });
  assign(options.timeout, reply.at("timeout").duration(milliseconds(100), kLongestReply));
  const auto id = reply.at("id");
  assign(options.id, read_pointer(id, "/id"));
  read_target(reply.at("to"), options.to);
  reply.finish();
  if (!options.id.empty() && command.id.empty()) {
    id.report("the command has no id that a reply could carry: set id");
  }
  command.reply = std::move(options);
}

}  // namespace gateway::config
