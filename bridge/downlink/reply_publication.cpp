// Where the answer to an event may go, and what of it. The answer comes from outside, and so does
// the topic a device names: neither is believed.

#include <algorithm>

#include "bridge/downlink/any_value.h"
#include "bridge/downlink/command_rules.h"
#include "bridge/downlink/event_replies.h"
#include "bridge/downlink/json_lookup.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::Data;
using webpubsub::DataType;

namespace {

bool is_allowed(const EventReplyOptions& options, std::string_view topic) {
  return std::any_of(options.allow.begin(), options.allow.end(),
                     [&](const TopicFilter& filter) { return filter.matches(topic); });
}

/// What pointers of the rule find in an answer: those of the topic in order, the payload's last.
struct Found {
  std::vector<JsonValue> fields{};
  std::optional<JsonValue> payload{};
  bool good = true;  // nothing is missing
};

Found look_into(const EventReplyOptions& options, const Data& answer) {
  JsonLookup lookup;
  std::vector<std::size_t> places;
  if (options.topic) {
    for (const auto& part : options.topic->parts()) {
      if (!part.literal && part.text.starts_with('/')) places.push_back(lookup.add(part.text));
    }
  }
  const bool looks = !places.empty() || !options.payload.empty();
  const auto payload = options.payload.empty() ? 0 : lookup.add(options.payload);
  Found found;
  if (!looks) return found;
  if (answer.type != DataType::Json || !webpubsub::is_valid_json(answer.bytes)) {
    return {.good = false};
  }
  auto values = lookup.find(answer.bytes);
  for (const auto place : places) found.fields.push_back(values[place]);
  if (!options.payload.empty()) {
    found.good = values[payload].kind != JsonValue::Kind::Absent;
    found.payload = std::move(values[payload]);
  }
  return found;
}

std::optional<std::string> fill(const std::vector<std::string>& pieces, const Found& found) {
  std::string topic = pieces.front();
  for (std::size_t i = 0; i < found.fields.size(); ++i) {
    const auto& value = found.fields[i];
    if (!value.is_scalar() || !is_topic_value(value.text)) return std::nullopt;
    topic += value.text + pieces[i + 1];
  }
  return topic;
}

/// What the device asks for, if it may, else what the rule says.
std::optional<std::string> topic_for(const ReplyAddress& address, const Found& found) {
  const auto& options = address.rule->options;
  if (!address.response_topic.empty() && is_allowed(options, address.response_topic)) {
    return address.response_topic;
  }
  if (!options.topic) return std::nullopt;
  auto topic = fill(address.topic, found);
  const bool free = options.allow.empty() && found.fields.empty();
  if (!topic || (!free && !is_allowed(options, *topic))) return std::nullopt;
  return topic;
}

/// It would be asked about again, and so on.
bool comes_back(const ReplyRule& rule, const std::string& topic) {
  const auto& except = rule.topics.except();
  return rule.topics.pattern_of(topic) != nullptr &&
         std::none_of(except.begin(), except.end(),
                      [&](const TopicFilter& filter) { return filter.matches(topic); });
}

}  // namespace

ReplyPublication publication_of(const ReplyAddress& address, const Data& answer) {
  const auto& options = address.rule->options;
  auto found = look_into(options, answer);
  if (!found.good) return {.why = "it is not the JSON that reply goes by"};
  auto topic = topic_for(address, found);
  // The broker's own topics are no device's, whatever `allow` says.
  if (!topic || !is_valid_topic(*topic) || topic->starts_with('$')) {
    return {.why = "there is no topic that it may go to"};
  }
  if (comes_back(*address.rule, *topic)) return {.why = "it would come back as a reading"};
  std::optional<std::string> payload = answer.bytes;
  if (found.payload) {
    payload = std::move(found.payload->text);
  } else if (answer.type == DataType::Protobuf) {
    payload = value_in_any(answer.bytes);
  }
  if (!payload) return {.why = "what came as protobuf is none"};
  return {.publication = MqttPublication{.topic = std::move(*topic),
                                         .payload = std::move(*payload),
                                         .qos = options.qos,
                                         .retain = options.retain,
                                         .expiry = options.expiry,
                                         .correlation_data = address.correlation}};
}

}  // namespace gateway
