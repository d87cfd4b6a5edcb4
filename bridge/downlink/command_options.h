// One command rule of the downlink: which messages of the service, to which device topic.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/topic_filter.h"

namespace gateway {

/// One line of `when`: what the member at `pointer` must be.
struct CommandCondition {
  std::string pointer{};              // JSON pointer (RFC 6901), "/type"
  std::vector<std::string> one_of{};  // JSON texts of scalars it may equal; empty: it must be there
};

struct CommandOptions {
  std::string name{};
  std::optional<std::string> from_group{};  // nothing: from the server
  std::vector<CommandCondition> when{};     // all must hold
  TextTemplate topic;                       // over JSON pointers of the message and {gateway.id}
  // JSON pointer: a string goes out as its characters, anything else as the JSON text it was
  // written as. Empty: the whole message.
  std::string payload{};
  std::uint8_t qos = 1;
  bool retain = false;
  std::vector<TopicFilter> allow{};  // the filled-in topic must match one; not empty for templates
};

/// Errors: InvalidArgument for a variable that is neither a JSON pointer nor gateway.id, or a
/// constant that is no topic.
webpubsub::Result<TextTemplate> parse_command_topic(std::string_view text);

/// Whether `text` is a JSON pointer: empty, or parts that start with '/', with ~ only in ~0 and ~1.
bool is_valid_json_pointer(std::string_view text);

}  // namespace gateway
