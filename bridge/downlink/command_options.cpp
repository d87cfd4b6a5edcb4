#include "bridge/downlink/command_options.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::string_view kGatewayId = "gateway.id";

std::optional<std::string> wrong_variable(std::string_view name) {
  if (name == kGatewayId || (!name.empty() && is_valid_json_pointer(name))) return std::nullopt;
  return "{" + std::string(name) +
         "} is no variable of a command topic: use {gateway.id}, or a JSON pointer into the "
         "message such as {/device}";
}

}  // namespace

Result<TextTemplate> parse_command_topic(std::string_view text) {
  auto topic = TextTemplate::parse(text, wrong_variable);
  if (!topic) return topic;
  if (text.empty()) return Error{Errc::InvalidArgument, "a topic cannot be empty"};
  // Brokers keep what starts with '$' for themselves (MQTT 5.0, 4.7.2).
  if (text.front() == '$') {
    return Error{Errc::InvalidArgument, "a command's topic cannot start with '$'"};
  }
  // A whole topic is no more than its parts: each literal must be fit to stand in one.
  for (const auto& part : topic->parts()) {
    if (part.literal && !is_valid_topic(part.text)) {
      return Error{Errc::InvalidArgument,
                   "a topic to publish to is UTF-8 without '+', '#' and NUL, at most 65535 bytes"};
    }
  }
  return topic;
}

bool is_valid_json_pointer(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

}  // namespace gateway
