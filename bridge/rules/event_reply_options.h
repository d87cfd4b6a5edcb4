// What becomes of the server's answer to an event that a rule sends.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/topic_filter.h"

namespace gateway {

struct EventReplyOptions {
  /// Over captures of the rule's topics, {gateway.id} and JSON pointers into the answer. Nothing:
  /// only devices that name a topic themselves get answers.
  std::optional<TextTemplate> topic{};
  /// What a device's own response topic, or one with something of the answer in it, must match.
  std::vector<TopicFilter> allow{};
  std::string payload{};  // JSON pointer into the answer; empty: all of it
  std::uint8_t qos = 1;
  bool retain = false;
  std::chrono::seconds expiry{0};             // MQTT 5 message expiry; 0: none
  std::chrono::milliseconds timeout{10'000};  // since the reading arrived
  bool operator==(const EventReplyOptions&) const = default;
};

/// Errors: InvalidArgument for an unknown variable, or for what is no topic whatever fills it.
webpubsub::Result<TextTemplate> parse_reply_topic(std::string_view text, const RuleTopics& topics);

}  // namespace gateway
