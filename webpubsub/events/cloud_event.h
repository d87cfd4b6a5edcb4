// The events that the service tells an application's web server about, as values.
//
// Source: CloudEvents extension for Azure Web PubSub event handlers, and the same for MQTT.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

/// Names with all values each has, in the order they came.
using ValueMap = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Which connection an event is of, and where that stands.
struct EventContext {
  std::string hub{};
  std::string connection_id{};  // of an MQTT client its client id
  std::string user_id{};        // empty: anonymous
  std::string event{};          // "connect", "connected", "disconnected", or the user event's name
  /// Counts the events of one connection. A repeated event has the same: together with the
  /// connection id it tells what was seen before.
  std::string id{};
  std::string subprotocol{};  // empty: a client without one
  std::string origin{};       // host of the service
  std::string state = "{}";   // JSON object that earlier answers set; "{}" when there is none
  StringMap metadata{};       // of a user event
  bool is_mqtt = false;       // then the two below say more
  std::string physical_connection_id{};  // of each transport of an MQTT session
  std::string session_id{};              // of an MQTT session; not at connect
};

struct MqttConnect {
  int protocol_version = 0;  // 4 is MQTT 3.1.1, 5 is 5.0
  bool clean_start = false;
  std::optional<std::string> username{};
  std::optional<std::string> password{};  // bytes
  StringMap user_properties{};
};

struct ClientCertificate {
  std::string thumbprint{};
  std::string content{};  // PEM; empty when it was not sent
};

/// A client wants to connect and waits for the answer.
struct ConnectEvent {
  EventContext context{};
  ValueMap claims{};                        // of its token
  ValueMap query{};                         // of its URL, without the token
  ValueMap headers{};                       // of its handshake
  std::vector<std::string> subprotocols{};  // offered
  std::vector<ClientCertificate> certificates{};
  std::optional<MqttConnect> mqtt{};
};

struct ConnectedEvent {
  EventContext context{};
};

struct MqttDisconnect {
  bool initiated_by_client = false;
  std::optional<int> code{};  // of the last DISCONNECT packet; nothing when there was none
  StringMap user_properties{};
};

struct DisconnectedEvent {
  EventContext context{};
  std::string reason{};
  std::optional<MqttDisconnect> mqtt{};
};

/// A client sent an event and waits for the answer; "message" is what clients without a
/// subprotocol send.
struct UserEvent {
  EventContext context{};
  Data data{};
  std::string content_type{};        // as sent; an MQTT client may choose any, its data is binary
  StringMap mqtt_user_properties{};  // names in lower case
};

/// A connection joined or left a group (preview versions of the service).
struct GroupEvent {
  EventContext context{};
  std::string group{};
  bool joined = false;
};

using CloudEvent =
    std::variant<ConnectEvent, ConnectedEvent, DisconnectedEvent, UserEvent, GroupEvent>;

/// Reads a POST of the service. Its signature is the caller's to check.
/// Errors: InvalidArgument saying what is missing or wrong, service_code is the status to answer:
/// 400, or 415 for a content type that carries no event.
Result<CloudEvent> parse_cloud_event(const net::HttpRequest& request);

}  // namespace webpubsub
