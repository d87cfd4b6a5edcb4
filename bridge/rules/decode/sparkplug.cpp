#include "bridge/rules/decode/sparkplug.h"

#include <optional>

#include "bridge/rules/decode/json_builder.h"
#include "bridge/rules/decode/sparkplug_metric.h"
#include "bridge/rules/topic_levels.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

constexpr std::string_view kNamespace = "spBv1.0";
constexpr std::string_view kBirthNumber = "bdSeq";

std::optional<SparkplugDecoder::Topic> parse_topic(std::string_view text) {
  TopicLevels levels(text);
  if (levels.next() != kNamespace || levels.done()) return std::nullopt;
  SparkplugDecoder::Topic topic{.group = levels.next()};
  if (topic.group == "STATE") return SparkplugDecoder::Topic{.type = "STATE"};
  if (levels.done()) return std::nullopt;
  topic.type = levels.next();
  if (levels.done()) return std::nullopt;
  topic.node = levels.next();
  if (!levels.done()) topic.device = levels.next();
  const bool of_device = topic.type.starts_with('D');
  if (!levels.done() || topic.device.empty() == of_device) return std::nullopt;
  return topic;
}

std::optional<std::uint64_t> birth_number(const sparkplug::Payload& payload) {
  for (const auto& metric : payload.metrics()) {
    if (metric.name() != kBirthNumber) continue;
    if (metric.has_long_value()) return metric.long_value();
    if (metric.has_int_value()) return metric.int_value();
  }
  return std::nullopt;
}

std::optional<std::int64_t> time_of(const sparkplug::Payload& payload) {
  if (!payload.has_timestamp() || payload.timestamp() > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(payload.timestamp());
}

/// The state of a host application: JSON since 3.0, a word before.
bool append_host_state(std::string_view payload, Decoded& out) {
  const auto json = payload == "ONLINE"    ? std::string_view(R"({"online":true})")
                    : payload == "OFFLINE" ? std::string_view(R"({"online":false})")
                                           : payload;
  if (!webpubsub::is_valid_json(json)) return false;
  out.begin() += json;
  out.end();
  return true;
}

DeviceRequest rebirth_of(const SparkplugDecoder::Topic& topic, std::int64_t now) {
  sparkplug::Payload payload;
  payload.set_timestamp(static_cast<std::uint64_t>(now));
  auto& metric = *payload.add_metrics();
  metric.set_name("Node Control/Rebirth");
  metric.set_timestamp(static_cast<std::uint64_t>(now));
  metric.set_datatype(kSparkplugBoolean);
  metric.set_boolean_value(true);
  return {
      std::string(kNamespace) + '/' + std::string(topic.group) + "/NCMD/" + std::string(topic.node),
      payload.SerializeAsString()};
}

}  // namespace

bool SparkplugDecoder::decode(const Message& message, Decoded& out,
                              std::vector<DeviceRequest>& requests) {
  const auto topic = parse_topic(message.topic);
  if (!topic) return false;
  if (topic->type == "STATE") return append_host_state(message.payload, out);
  if (topic->type == "NCMD" || topic->type == "DCMD") return true;
  sparkplug::Payload payload;
  if (!payload.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return false;
  }
  node_ = &nodes_.find(topic->group, topic->node);
  bool needs_rebirth = false;
  if (topic->type == "NBIRTH") node_->begin(birth_number(payload));
  if (topic->type != "NDEATH") {
    // A node that speaks without a birth of ours is one that was there before us.
    needs_rebirth = !node_->is_alive();
    if (payload.has_seq() && !node_->follows(payload.seq())) needs_rebirth = true;
  }
  bool right = false;
  if (topic->type == "NBIRTH" || topic->type == "DBIRTH") {
    right = take_birth(*topic, payload, out);
  } else if (topic->type == "NDEATH" || topic->type == "DDEATH") {
    right = take_death(*topic, payload, out);
  } else if (topic->type == "NDATA" || topic->type == "DDATA") {
    right = take_data(*topic, payload, out, needs_rebirth);
  }
  if (needs_rebirth && node_->may_ask(message.now)) {
    requests.push_back(rebirth_of(*topic, message.time));
  }
  return right;
}

bool SparkplugDecoder::take_birth(const Topic& topic, const sparkplug::Payload& payload,
                                  Decoded& out) {
  for (const auto& metric : payload.metrics()) {
    if (metric.has_alias()) node_->define(metric.alias(), metric.name(), metric.datatype());
    node_->set_type(topic.device, metric.name(), metric.datatype());
  }
  if (!topic.device.empty()) node_->add_device(topic.device);
  JsonBuilder json(out.begin());
  if (!json.open_object() || !json.key("$state") || !json.text("online")) return false;
  for (const auto& metric : payload.metrics()) {
    if (!json.key(metric.name()) || !append_sparkplug_value(json, metric, metric.datatype())) {
      return false;
    }
  }
  json.close_object();
  out.end(time_of(payload));
  nodes_.trim();
  return true;
}

bool SparkplugDecoder::take_death(const Topic& topic, const sparkplug::Payload& payload,
                                  Decoded& out) {
  const bool of_node = topic.device.empty();
  const auto number = birth_number(payload);
  // The will of an earlier session may come after the birth of the next one.
  if (of_node && !node_->dies_of(number)) return true;
  JsonBuilder json(out.begin());
  if (!json.open_object() || !json.key("$state") || !json.text("offline")) return false;
  if (of_node) {
    if (!json.key("devices") || !json.open_array()) return false;
    for (const auto& device : node_->devices()) {
      if (!json.text(device)) return false;
    }
    json.close_array();
    node_->end();
  } else {
    node_->remove_device(topic.device);
  }
  json.close_object();
  // A will was written long before it is sent: its own time says nothing.
  out.end(of_node ? std::nullopt : time_of(payload));
  return true;
}

bool SparkplugDecoder::take_data(const Topic& topic, const sparkplug::Payload& payload,
                                 Decoded& out, bool& needs_rebirth) {
  if (!topic.device.empty() && !node_->has_device(topic.device)) needs_rebirth = true;
  if (payload.metrics().empty()) return true;
  JsonBuilder json(out.begin());
  if (!json.open_object()) return false;
  bool any = false;
  for (const auto& metric : payload.metrics()) {
    std::string_view name = metric.name();
    auto type = metric.datatype();
    if (!metric.has_name() || name.empty()) {
      const auto* known = metric.has_alias() ? node_->find(metric.alias()) : nullptr;
      if (known == nullptr) {
        needs_rebirth = true;
        continue;
      }
      name = known->name;
      if (type == 0) type = known->datatype;
    } else if (type == 0) {
      type = node_->type_of(topic.device, name);
    }
    if (!json.key(name) || !append_sparkplug_value(json, metric, type)) return false;
    any = true;
  }
  if (!any) return false;
  json.close_object();
  out.end(time_of(payload));
  return true;
}

}  // namespace gateway
