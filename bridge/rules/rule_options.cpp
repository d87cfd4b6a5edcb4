#include "bridge/rules/rule_options.h"

#include <algorithm>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

Result<TextTemplate> parse_group(std::string_view text, const TopicPattern& topic) {
  const auto& names = topic.names();
  auto group = TextTemplate::parse(text, [&](std::string_view name) -> std::optional<std::string> {
    if (name == "gateway.id") return std::nullopt;
    if (std::find(names.begin(), names.end(), name) != names.end()) return std::nullopt;
    std::string known = "{gateway.id}";
    for (const auto& each : names) known += ", {" + each + "}";
    return "{" + std::string(name) + "} is not captured by the topic; known here: " + known;
  });
  if (!group) return group;
  if (text.empty()) return Error{Errc::InvalidArgument, "a group cannot be empty"};
  if (group->is_constant() && !is_valid_group(text)) {
    return Error{Errc::InvalidArgument,
                 "a group has 1 to 1024 characters and no control characters"};
  }
  return group;
}

bool is_valid_group(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !name.empty() && name.size() <= 1024 && std::none_of(name.begin(), name.end(), control) &&
         webpubsub::is_valid_utf8(name);
}

}  // namespace gateway
