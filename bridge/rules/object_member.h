// One member of an object that a rule lays out itself.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/text_template.h"
#include "bridge/rules/value.h"

namespace gateway {

struct ObjectMember {
  enum class Source : std::uint8_t {
    Field,     // `field` of the reading; null without it
    Data,      // all of the reading
    Time,      // milliseconds since the Unix epoch
    Text,      // `text`: captures, {gateway.id}, {rule} and {topic}
    Constant,  // `constant`
  };
  std::string name{};
  Source source = Source::Field;
  std::string field{};
  TextTemplate text{};
  OwnedValue constant{};
  bool operator==(const ObjectMember&) const = default;

  /// As the configuration has it; nothing of a constant.
  std::string spelled() const;
};

/// "/temperature" is a field of the reading, "/" all of it, "{time}" the time, other templates are
/// text. Errors: InvalidArgument for text that is none of these, or holds an unknown variable.
webpubsub::Result<ObjectMember> parse_object_member(std::string name, std::string_view text,
                                                    const RuleTopics& topics);

}  // namespace gateway
