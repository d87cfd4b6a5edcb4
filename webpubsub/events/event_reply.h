// What an application answers to the events that wait for it, and how that looks as HTTP.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

/// Lets a client in. What is not given stays as its token has it.
struct ConnectApproval {
  std::optional<std::string> user_id{};             // "" makes it anonymous
  std::vector<std::string> groups{};                // replaces those of the token if there are any
  std::optional<std::vector<std::string>> roles{};  // an empty list takes them all
  std::string subprotocol{};           // one of those offered; empty: the service's choice
  std::optional<std::string> state{};  // JSON object; comes with each later event
  StringMap mqtt_user_properties{};    // for the CONNACK of MQTT 5.0
};

/// The CONNACK of an MQTT client that is not let in.
struct MqttRejection {
  int code = 0;  // return code of MQTT 3.1.1, reason code of 5.0
  std::string reason{};
  StringMap user_properties{};
};

struct UserEventReply {
  std::optional<Data> data{};          // sent to the client; nothing: success without a word
  std::optional<std::string> state{};  // JSON object that replaces the state; "" clears it
  StringMap mqtt_user_properties{};    // of the response, for MQTT clients
};

/// 204, or 200 with JSON. A state that is not a JSON object becomes 500.
net::HttpResponse to_response(const ConnectApproval& approval);
/// The status that belongs to the code: the client of MQTT sees the code alone.
net::HttpResponse to_response(const MqttRejection& rejection);
/// 204, or 200 with the data. JSON that is none, or a state that is not a JSON object, becomes 500.
net::HttpResponse to_response(const UserEventReply& reply);

/// A refusal, `status` from 400 to 599, others become 500. An MQTT client of `mqtt_version` (4 or
/// 5) gets the code that belongs to the status; 0 is for others.
net::HttpResponse refusal(int status, std::string_view detail, int mqtt_version);

}  // namespace webpubsub
