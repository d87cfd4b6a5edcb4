// Messages between MQTT clients and all others. Source: "Cross-protocol communication between MQTT
// clients and Web PubSub clients" (reference, section 1.5).

#pragma once

#include <string>
#include <string_view>

#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

/// Where messages arrive that were sent to a connection, a user or everybody.
inline constexpr std::string_view kMqttServerMessages = "$webpubsub/server/messages";
/// What is published below it is an event of that name.
inline constexpr std::string_view kMqttEvents = "$webpubsub/server/events/";

std::string mqtt_content_type(DataType type);

/// The payload as other clients see it. Its type follows the content type; one that says JSON or
/// text and is neither is binary, as is one without a content type.
Data data_of(const mqtt::Publish& packet);

/// Messages of other clients and of the REST API arrive with QoS 1, unless the subscription asked
/// for less.
mqtt::Publish publish_of(const GroupMessage& message);
mqtt::Publish publish_of(const ServerMessage& message);

}  // namespace webpubsub::hub
