#include "bridge/rules/event_reply_options.h"

#include "bridge/rules/filled_template.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

Result<TextTemplate> parse_reply_topic(std::string_view text, const RuleTopics& topics) {
  auto topic = TextTemplate::parse(
      text, [&](std::string_view name) { return wrong_with_variable(name, topics); });
  if (!topic) return topic;
  if (text.empty()) return Error{Errc::InvalidArgument, "a topic cannot be empty"};
  // Brokers keep what starts with '$' for themselves (MQTT 5.0, 4.7.2).
  if (text.front() == '$') {
    return Error{Errc::InvalidArgument, "a topic to publish to cannot start with '$'"};
  }
  for (const auto& part : topic->parts()) {
    if (part.literal && !is_valid_topic(part.text)) {
      return Error{Errc::InvalidArgument,
                   "a topic to publish to is UTF-8 without '+', '#' and NUL, at most 65535 bytes"};
    }
  }
  return topic;
}

}  // namespace gateway
