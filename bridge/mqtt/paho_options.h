// What we ask of the MQTT library, in its own types.

#pragma once

#include <string>

#include <mqtt/async_client.h>

#include "bridge/mqtt/broker_address.h"
#include "bridge/mqtt/engine.h"
#include "bridge/mqtt/options.h"

namespace gateway {

std::string paho_uri(const BrokerAddress& broker);
mqtt::create_options paho_create_options(const MqttOptions& options, MqttVersion version);
mqtt::connect_options paho_connect_options(const MqttOptions& options, const BrokerAddress& broker,
                                           MqttVersion version);
mqtt::subscribe_options paho_subscribe_options(const MqttSubscription& subscription);
mqtt::message_ptr paho_message(MqttPublication publication, MqttVersion version);

}  // namespace gateway
