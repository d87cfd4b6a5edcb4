#include "hub/mqtt/translation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hub/text.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::hub {

namespace {

constexpr auto kContentTypes = std::to_array<std::pair<DataType, std::string_view>>({
    {DataType::Json, "application/json"},
    {DataType::Text, "text/plain"},
    {DataType::Protobuf, "application/x-protobuf"},
    {DataType::Binary, "application/octet-stream"},
});

DataType type_of(std::string_view content_type) {
  const std::string_view essence = content_type.substr(0, content_type.find(';'));
  const auto* found =
      std::find_if(kContentTypes.begin(), kContentTypes.end(),
                   [&](const auto& entry) { return equals_ignoring_case(entry.second, essence); });
  return found == kContentTypes.end() ? DataType::Binary : found->first;
}

mqtt::Publish publish(std::string_view topic, const Data& data) {
  mqtt::Publish packet{
      .topic = std::string(topic), .payload = data.bytes, .qos = mqtt::Qos::AtLeastOnce};
  packet.properties.content_type = mqtt_content_type(data.type);
  return packet;
}

}  // namespace

std::string mqtt_content_type(DataType type) {
  const auto* found = std::find_if(kContentTypes.begin(), kContentTypes.end(),
                                   [type](const auto& entry) { return entry.first == type; });
  return std::string(found->second);
}

Data data_of(const mqtt::Publish& packet) {
  DataType type = type_of(packet.properties.content_type.value_or(""));
  const bool is_what_it_says = type == DataType::Json   ? is_valid_json(packet.payload)
                               : type == DataType::Text ? is_valid_utf8(packet.payload)
                                                        : true;
  if (!is_what_it_says) type = DataType::Binary;
  return {.type = type, .bytes = packet.payload};
}

mqtt::Publish publish_of(const GroupMessage& message) {
  return publish(message.group, message.data);
}

mqtt::Publish publish_of(const ServerMessage& message) {
  return publish(kMqttServerMessages, message.data);
}

}  // namespace webpubsub::hub
