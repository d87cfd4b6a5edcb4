// `event` and `reply` of a rule.

#include "config/sections/command_parts.h"
#include "config/sections/rule_parts.h"
#include "config/suggest.h"
#include "webpubsub/protocol/names.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLongestWait{60'000};  // the watchdog wants the outbox to move
constexpr seconds kLongestExpiry{7 * 24 * 3600};

void read_allow(const Value& value, std::vector<TopicFilter>& allow) {
  for (const auto& item : value.items()) {
    auto filter = parse_text(item, [](std::string_view text) { return TopicFilter::parse(text); });
    if (filter) allow.push_back(std::move(*filter));
  }
}

void check_topic(const Section& reply, const Value& topic, const EventReplyOptions& options) {
  if (!topic.given() && options.allow.empty()) {
    reply.self().report(
        "it needs topic, or allow: the topics that devices may ask to be answered at");
  }
  if (options.topic && uses_payload(*options.topic) && options.allow.empty()) {
    topic.report(
        "a topic with fields of the answer needs allow: what it may become, such as "
        "[\"devices/+/answers/#\"]");
  }
}

void read_event_reply(Section reply, RuleOptions& rule) {
  EventReplyOptions options;
  const auto topic = reply.at("topic");
  options.topic = parse_text(
      topic, [&](std::string_view text) { return parse_reply_topic(text, rule.topics); });
  read_allow(reply.at("allow"), options.allow);
  assign(options.payload, read_pointer(reply.at("payload"), "/result"));
  assign(options.qos, reply.at("qos").integer(0, 2));
  assign(options.retain, reply.at("retain").boolean());
  assign(options.expiry, reply.at("expiry").duration(seconds(0), kLongestExpiry));
  assign(options.timeout, reply.at("timeout").duration(milliseconds(100), kLongestWait));
  reply.finish();
  if (reply.given()) check_topic(reply, topic, options);
  rule.reply = std::move(options);
}

/// What has no meaning where a rule sends events.
void refuse_group_keys(Section& rule, const RuleOptions& options) {
  const std::string why = "it is for groups, and the rule sends events";
  if (rule.at("group").given()) rule.at("group").report("only one of group and event may be given");
  if (rule.at("no_echo").given()) rule.at("no_echo").report(why);
  if (rule.at("snapshot").given()) rule.at("snapshot").report(why);
  if (options.send == SendMode::Stream) rule.at("send").report("stream " + why.substr(3));
}

/// Each reading has an answer of its own.
void check_batch(Section& rule, RuleOptions& options) {
  const auto most = rule.at("batch").section().at("max_samples");
  if (most.given() && options.batch.max_samples != 1) {
    most.report("with reply each event is one reading: 1 expected");
  }
  if (options.window.is_set()) {
    rule.at("reply").report(
        "reply and window do not go together: a window is no device's question");
  }
  options.batch.max_samples = 1;
}

}  // namespace

void read_event(Section& rule, bool knows_topics, RuleOptions& options) {
  const auto event = rule.at("event");
  const auto reply = rule.at("reply");
  const bool asked_for_keys = rule.self().reading().keys != nullptr;
  if (reply.given() || asked_for_keys) {
    if (knows_topics || asked_for_keys) read_event_reply(reply.section(), options);
    if (reply.given() && !event.given()) reply.report("needs event");
  }
  const auto name = event.text();
  if (!name) return;
  if (!webpubsub::is_valid_event_name(*name)) {
    event.report("a letter, then at most 127 letters, digits, '_', '.' and '-' expected; got " +
                 in_quotes(*name));
    return;
  }
  options.event = *name;
  refuse_group_keys(rule, options);
  if (options.reply) check_batch(rule, options);
}

}  // namespace gateway::config
