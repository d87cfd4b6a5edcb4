#include "bridge/downlink/command_options.h"

#include "webpubsub/protocol/json_text.h"

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

bool is_json_template(const TextTemplate& text) {
  const auto& parts = text.parts();
  if (parts.empty() || !parts.front().literal) return false;
  return parts.front().text.starts_with('{') || parts.front().text.starts_with('[');
}

Result<TextTemplate> parse_command_text(std::string_view text) {
  auto parsed = TextTemplate::parse(text, wrong_variable);
  if (!parsed || !is_json_template(*parsed)) return parsed;
  // With any value in its places: a text inside of a JSON string would end that.
  for (const std::string_view value : {"0", "\"x\""}) {
    std::string filled;
    for (const auto& part : parsed->parts()) filled += part.literal ? part.text : value;
    if (webpubsub::is_valid_json(filled)) continue;
    return Error{Errc::InvalidArgument,
                 "with values in it, which bring their own quotes, this is no JSON"};
  }
  return parsed;
}

TopicFilter filter_of(const TextTemplate& topic) {
  std::string filter;
  bool varies = false;  // the level at hand
  std::string level;
  const auto end_level = [&] {
    filter += varies ? "+" : level;
    varies = false;
    level.clear();
  };
  for (const auto& part : topic.parts()) {
    if (!part.literal) {
      varies = true;
      continue;
    }
    for (const char c : part.text) {
      if (c == '/') {
        end_level();
        filter += c;
      } else {
        level += c;
      }
    }
  }
  end_level();
  return std::move(TopicFilter::parse(filter)).value();
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
