#include "bridge/rules/reading_key.h"

#include <algorithm>

namespace gateway {

ReadingKey::ReadingKey(std::string_view per, const RuleTopics& topics) {
  if (per.starts_with('/')) {
    if (auto pointer = Pointer::parse(per)) pointer_ = std::move(*pointer);
    return;
  }
  const auto& names = topics.variables();
  const auto found = std::find(names.begin(), names.end(), per);
  if (found != names.end()) variable_ = static_cast<std::size_t>(found - names.begin());
}

std::string_view ReadingKey::of(const MessageView& message, Arena& arena) const {
  if (variable_) return message.captured[*variable_];
  if (pointer_) return pointer_->find(message.document, arena).text;
  return message.topic;
}

}  // namespace gateway
