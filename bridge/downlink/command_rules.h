// Which command rule a message of the service is for, and the publication it makes of it.
//
// All of it comes from outside, so nothing of it is believed: the values that go into a topic are
// checked one by one, the topic as a whole, and whether the operator allows it. Nothing is
// remembered here: the same message always makes the same command.

#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/condition.h"
#include "bridge/downlink/json_lookup.h"
#include "bridge/downlink/outcome.h"
#include "bridge/mqtt/engine.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

/// Where a message of the service comes from.
struct CommandSource {
  std::optional<std::string_view> group{};  // nothing: from the server
  bool invoked = false;                     // the server waits for the result
};

/// What is to be done.
struct Command {
  MqttPublication publication{};
  std::string id{};                                      // empty: it has none
  std::optional<std::chrono::milliseconds> time_left{};  // nothing: it has no deadline
  std::string reply_topic{};                             // empty: no reply is awaited
};

class CommandRules {
 public:
  CommandRules(std::vector<CommandOptions> options, std::string gateway_id);

  struct Match {
    std::size_t rule = 0;
    std::vector<JsonValue> values{};
  };
  /// The first rule whose conditions hold, in the order they are configured; or why there is none:
  /// Malformed, Unmatched. Messages that are not JSON match rules only that look for nothing in
  /// them: no `when`, no pointer in topic or payload.
  std::variant<Match, Reason> match(const CommandSource& source, const webpubsub::Data& data) const;

  /// What the rule makes of it, or how it ends.
  std::variant<Command, CommandEnd> make(const Match& match, const webpubsub::Data& data,
                                         webpubsub::WallTime now) const;
  /// The id, fit for a log or not there; for commands that come to nothing.
  std::string id_of(const Match& match) const;

  std::size_t size() const noexcept { return rules_.size(); }
  const CommandOptions& options(std::size_t rule) const { return rules_[rule].options; }

 private:
  // A part of a text: the text, or the place of a value in what the look-up finds.
  using Part = std::variant<std::string, std::size_t>;
  using Parts = std::vector<Part>;
  struct Check {
    std::size_t value = 0;
    Condition condition;
  };
  struct Rule {
    CommandOptions options;
    std::vector<Check> conditions{};
    std::vector<Check> arguments{};
    Parts topic{};
    Parts reply_topic{};
    Parts payload_parts{};
    std::vector<std::pair<std::string, Parts>> user_properties{};
    std::optional<std::size_t> payload{};
    std::optional<std::size_t> id{};
    std::optional<std::size_t> deadline{};
    std::optional<std::size_t> issued{};
    std::optional<std::size_t> lifetime{};
    bool topic_varies = false;  // something of the message goes into it
    bool looks_inside = false;
  };

  Rule compile(CommandOptions options);
  Parts compile(const TextTemplate& text, Rule& rule);
  std::optional<std::size_t> add(const std::string& pointer, Rule& rule);

  std::optional<CommandEnd> check(const Rule& rule, const std::vector<JsonValue>& values) const;
  static std::optional<std::string> fill_topic(const Parts& parts,
                                               const std::vector<JsonValue>& values);
  static std::optional<std::string> payload_of(const Rule& rule, const webpubsub::Data& data,
                                               const std::vector<JsonValue>& values);
  static bool add_properties(const Rule& rule, const std::vector<JsonValue>& values,
                             MqttPublication& publication);

  std::string gateway_id_;
  JsonLookup lookup_{};  // of every pointer of every rule
  std::vector<Rule> rules_{};
};

/// Whether `value` may stand in a topic, inside one level: 1 to 256 bytes, no '/', no wildcard, no
/// control character.
bool is_topic_value(std::string_view value);

}  // namespace gateway
