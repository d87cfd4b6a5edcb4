// Events of an MQTT client on their way to a handler, and their answers. Source: reference,
// section 1.5.

#include <utility>

#include "hub/mqtt/mqtt_session.h"
#include "hub/mqtt/translation.h"
#include "hub/publish.h"
#include "hub/webhooks/webhook_session.h"

namespace webpubsub::hub {

void MqttSession::raise(mqtt::Publish& packet) {
  const std::string event = packet.topic.substr(kMqttEvents.size());
  const Data data = data_of(packet);
  StringMap metadata;
  for (const auto& [name, value] : packet.properties.user_properties) {
    metadata.emplace_back(name, value);
  }
  packet.payload.clear();
  awaits_event_ = true;
  raise_event(event, data, std::move(metadata), [this, request = packet](EventReply reply) {
    awaits_event_ = false;
    answer_event(request, std::move(reply));
    handle_packets();
  });
}

void MqttSession::answer_event(const mqtt::Publish& request, EventReply reply) {
  const mqtt::Properties& asked = request.properties;
  mqtt::Publish answer{.topic = request.topic + (reply.success ? "/succeeded" : "/failed"),
                       .qos = request.qos};
  if (asked.response_topic) answer.topic = *asked.response_topic;
  answer.properties.correlation_data = asked.correlation_data;
  const char* status = reply.success ? (reply.data ? "200" : "204") : "500";
  answer.properties.user_properties.push_back({"azure-status-code", status});
  for (const auto& [name, value] : reply.mqtt_user_properties) {
    answer.properties.user_properties.push_back({name, value});
  }
  if (reply.success && reply.data) {
    answer.properties.content_type = mqtt_content_type(reply.data->type);
    answer.payload = std::move(reply.data->bytes);
  }
  const bool taken = answer.qos == mqtt::Qos::AtMostOnce ? send_now(std::move(answer))
                                                         : send_later(std::move(answer));
  if (!taken) close_slow_client(context(), *this);
}

/// For event handlers, which are told of the end later.
void MqttSession::note_ending(bool by_client, const mqtt::Disconnect& packet) {
  const auto& webhooks = webhook_session();
  if (!webhooks) return;
  MqttEnding ending{.by_client = by_client, .code = static_cast<std::uint8_t>(packet.reason)};
  for (const auto& [name, value] : packet.properties.user_properties) {
    ending.user_properties.emplace_back(name, value);
  }
  webhooks->mqtt_ending = std::move(ending);
}

}  // namespace webpubsub::hub
