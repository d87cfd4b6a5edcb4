#include "bridge/downlink/origin.h"

#include <algorithm>
#include <string_view>

namespace gateway {

namespace {

constexpr std::size_t kMaxName = 256;

/// Fit for a log line: without control characters, and not too long.
std::string name_of(std::string_view text, std::string_view otherwise) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (text.empty() || std::any_of(text.begin(), text.end(), control)) text = otherwise;
  return std::string(text.substr(0, kMaxName));
}

std::string_view find(const webpubsub::StringMap& metadata, std::string_view name) {
  const auto entry = std::find_if(metadata.begin(), metadata.end(),
                                  [&](const auto& each) { return each.first == name; });
  return entry == metadata.end() ? std::string_view() : std::string_view(entry->second);
}

}  // namespace

Origin origin_of(const webpubsub::ServerMessage& message) {
  return {.sender = name_of(find(message.metadata, metadata::kSender), "server"),
          .invocation = name_of(find(message.metadata, metadata::kInvocation), ""),
          .asker = name_of(find(message.metadata, metadata::kAsker), "")};
}

Origin origin_of(const webpubsub::GroupMessage& message) {
  return {.group = message.group, .sender = name_of(message.from_user_id, "anonymous")};
}

}  // namespace gateway
