// A template at work: what depends on the topic is filled in once for each topic, what depends on
// the payload for each message.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/rules/decode/document.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/select/pointer.h"
#include "bridge/rules/text_template.h"

namespace gateway {

class FilledTemplate {
 public:
  /// The variables of `text` are {gateway.id}, variables of `topics` and JSON pointers.
  FilledTemplate(const TextTemplate& text, const RuleTopics& topics, std::string_view gateway_id);

  /// The text around the pointers, in order: one more than there are pointers.
  using Pieces = std::vector<std::string>;
  /// `captured` is in the order of the topics' variables().
  Pieces pieces(const std::vector<std::string_view>& captured) const;

  bool needs_payload() const noexcept { return !pointers_.empty(); }
  /// Replaces `out` by the whole. False when a pointer finds nothing, or neither text nor a number
  /// nor a boolean.
  bool fill(const Pieces& pieces, const Document& document, Arena& arena, std::string& out) const;

 private:
  struct Part {
    bool literal = true;
    std::string text{};
    std::size_t variable = 0;  // index; of a Part that is no literal
    bool ends_piece = false;   // a pointer stands after what came so far
  };
  std::vector<Part> parts_{};
  std::vector<Pointer> pointers_{};
};

/// What is wrong with `name` as a variable of a rule with these topics, if anything.
std::optional<std::string> wrong_with_variable(std::string_view name, const RuleTopics& topics);

}  // namespace gateway
