// Which command rule a message of the service is for, and the publication it makes of it.
//
// All of it comes from outside, so nothing of it is believed: the values that go into a topic are
// checked one by one, the topic as a whole, and whether the operator allows it.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bridge/downlink/command_options.h"
#include "bridge/downlink/json_lookup.h"
#include "bridge/downlink/outcome.h"
#include "bridge/mqtt/engine.h"
#include "webpubsub/protocol/frames.h"

namespace gateway {

class CommandRules {
 public:
  CommandRules(std::vector<CommandOptions> options, std::string gateway_id);

  struct Decision {
    std::optional<std::size_t> rule{};  // the one that matched
    /// What to publish, or why nothing is.
    std::variant<MqttPublication, Outcome> action = Outcome::Unmatched;
  };
  /// The first rule that matches decides, in the order they are configured. `group` is the one the
  /// message was sent to; nothing when it comes from the server. Messages that are not JSON match
  /// rules only that look for nothing in them: no `when`, no pointer in topic or payload.
  Decision decide(const std::optional<std::string_view>& group, const webpubsub::Data& data) const;

  std::size_t size() const noexcept { return rules_.size(); }
  const std::string& name(std::size_t rule) const { return rules_[rule].options.name; }

 private:
  struct Condition {
    std::size_t value = 0;  // place in what the look-up finds
    std::vector<JsonValue> one_of{};
  };
  // A part of a topic: text, or the place of a value.
  using TopicPart = std::variant<std::string, std::size_t>;
  struct Rule {
    CommandOptions options;
    std::vector<Condition> conditions{};
    std::vector<TopicPart> topic{};
    bool topic_varies = false;  // something of the message goes into it
    std::optional<std::size_t> payload{};
    bool looks_inside() const { return topic_varies || payload || !conditions.empty(); }
  };

  Rule compile(CommandOptions options);
  static bool matches(const Rule& rule, const std::vector<JsonValue>& values);
  static std::variant<MqttPublication, Outcome> publication(const Rule& rule,
                                                            const webpubsub::Data& data,
                                                            const std::vector<JsonValue>& values);
  static std::optional<std::string> fill_topic(const Rule& rule,
                                               const std::vector<JsonValue>& values);

  std::string gateway_id_;
  JsonLookup lookup_{};  // of every pointer of every rule
  std::vector<Rule> rules_{};
};

/// Whether `value` may stand in a topic, inside one level: 1 to 256 bytes, no '/', no wildcard, no
/// control character.
bool is_topic_value(std::string_view value);

}  // namespace gateway
