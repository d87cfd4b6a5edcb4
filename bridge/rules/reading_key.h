// per: which readings belong together.

#pragma once

#include <optional>
#include <string_view>

#include "bridge/rules/message_view.h"
#include "bridge/rules/rule_topics.h"
#include "bridge/rules/select/pointer.h"

namespace gateway {

class ReadingKey {
 public:
  /// `per` is a variable of `topics`, a JSON pointer into the payload, or empty: the whole topic.
  ReadingKey(std::string_view per, const RuleTopics& topics);

  /// Empty for readings that have nothing there. Valid as long as what it is in.
  std::string_view of(const MessageView& message, Arena& arena) const;

 private:
  std::optional<std::size_t> variable_{};  // its index
  std::optional<Pointer> pointer_{};
};

}  // namespace gateway
