// One command rule of the downlink: which messages of the service, to which device topic.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/topic_filter.h"

namespace gateway {

enum class ValueType : std::uint8_t { Any, Text, Number, Integer, Boolean, Object, Array };

/// What the member at `pointer` must be: one line of `when` or of `arguments`.
struct CommandCondition {
  std::string pointer{};              // JSON pointer (RFC 6901), "/type"
  std::vector<std::string> one_of{};  // JSON texts of scalars it may equal; empty: anything
  ValueType type = ValueType::Any;
  // Of numbers; with any of these it must be one.
  std::optional<double> min{};
  std::optional<double> max{};
  std::optional<double> above{};
  std::optional<double> below{};
  std::optional<std::size_t> max_length{};  // bytes of a text
  bool required = true;                     // false: it may be absent as well
};

/// Until when a command may be carried out. Times are Unix times in s, ms, us or ns, or RFC 3339.
struct CommandDeadline {
  std::string at{};        // JSON pointer to a time
  std::string issued{};    // JSON pointer to when it was sent, by the same clock as `at`; may be ""
  std::string lifetime{};  // JSON pointer to seconds from arrival, instead of `at`
  std::chrono::milliseconds tolerance{0};  // how far our clock may be ahead of the sender's

  bool is_set() const noexcept { return !at.empty() || !lifetime.empty(); }
};

/// Where the outcome of a command is told.
struct AnswerTarget {
  enum class Kind : std::uint8_t { None, Event, Group };
  Kind kind = Kind::None;
  std::string name{};
  bool operator==(const AnswerTarget&) const = default;
};

struct ReplyOptions {
  std::optional<TextTemplate> topic{};  // where the device replies; nothing: it is not asked to
  std::chrono::milliseconds timeout{10'000};
  std::string id{};  // JSON pointer to the command's id in the device's reply; may be ""
  AnswerTarget to{};
};

struct CommandOptions {
  std::string name{};
  std::optional<std::string> from_group{};    // nothing: from the server
  bool from_invoke = false;                   // from the server, and only what waits for the result
  std::vector<CommandCondition> when{};       // all must hold for the rule to be meant
  std::vector<CommandCondition> arguments{};  // all must hold, or it is rejected
  TextTemplate topic;                         // over JSON pointers of the message and {gateway.id}
  // JSON pointer: a string goes out as its characters, anything else as the JSON text it was
  // written as. Empty: the whole message.
  std::string payload{};
  // Instead of `payload`. Values stand as JSON in a template that begins with { or [, otherwise as
  // their characters.
  std::optional<TextTemplate> payload_template{};
  std::uint8_t qos = 1;
  bool retain = false;
  std::chrono::seconds expiry{0};  // MQTT 5 message expiry; 0: what is left until the deadline
  std::vector<std::pair<std::string, TextTemplate>> user_properties{};
  std::vector<TopicFilter> allow{};  // the filled-in topic must match one; not empty for templates
  std::size_t max_size = 1024 * 1024;
  std::string id{};                               // JSON pointer; empty: commands have no ids
  std::chrono::milliseconds remember{3'600'000};  // for how long an id is refused again; 0: never
  CommandDeadline deadline{};
  double rate_limit = 0;         // commands per second; 0: no limit
  double sender_rate_limit = 0;  // of each sender
  bool dry_run = false;
  std::optional<ReplyOptions> reply{};
};

/// Errors: InvalidArgument for a variable that is neither a JSON pointer nor gateway.id, or a
/// constant that is no topic.
webpubsub::Result<TextTemplate> parse_command_topic(std::string_view text);

/// A payload or user property. Errors: InvalidArgument for such a variable, or for a template of
/// JSON that is none with values in it.
webpubsub::Result<TextTemplate> parse_command_text(std::string_view text);
/// Whether the values in `text` stand as JSON: it begins with { or [.
bool is_json_template(const TextTemplate& text);

/// Whether `text` is a JSON pointer: empty, or parts that start with '/', with ~ only in ~0 and ~1.
bool is_valid_json_pointer(std::string_view text);

/// The filter that every topic `topic` can be filled to matches: '+' for each level with a
/// variable.
TopicFilter filter_of(const TextTemplate& topic);

}  // namespace gateway
