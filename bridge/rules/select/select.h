// select: which fields a reading has, and from where.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/rules/filled_template.h"
#include "bridge/rules/message_view.h"
#include "bridge/rules/sample.h"

namespace gateway {

/// A field and where its value comes from.
struct SelectedField {
  enum class Source : std::uint8_t {
    Payload,   // `pointer`
    Template,  // `text`: captures, {gateway.id} and fields of the payload, as text
    Constant,  // `constant`
  };
  std::string name{};
  Source source = Source::Payload;
  Pointer pointer{};
  TextTemplate text{};
  OwnedValue constant{};
  bool operator==(const SelectedField&) const = default;
};

/// "/data/0/t" is a JSON pointer, "{site}/{device}" a template.
/// Errors: InvalidArgument for text that is neither, or that holds an unknown variable.
webpubsub::Result<SelectedField> parse_selected_field(std::string name, std::string_view text,
                                                      const RuleTopics& topics);

/// The stage, made ready for one rule.
class Select {
 public:
  /// Without `fields`: the members of the payload, or the payload itself if it is no object.
  Select(std::vector<SelectedField> fields, const RuleTopics& topics, std::string_view gateway_id);

  /// Replaces `sample`. What is not in the payload is no field of it. False when nothing is.
  bool run(const MessageView& message, Arena& arena, Sample& sample) const;

 private:
  Value value_of(std::size_t field, const MessageView& message, Arena& arena) const;

  std::vector<SelectedField> fields_;
  std::vector<FilledTemplate> templates_{};  // of each field; empty ones where it is no template
};

}  // namespace gateway
