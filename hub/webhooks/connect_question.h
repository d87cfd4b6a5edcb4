// The one event that decides whether a client may come in. Source: reference, section 8.4.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "hub/webhooks/mqtt_details.h"
#include "net/http.h"
#include "net/http_server.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

/// The body of the connect event: claims, query, headers and subprotocols of a handshake, without
/// its token. `claims` is the token's JSON object, `mqtt` what an MQTT client said (section 8.6).
std::string connect_body(const net::UpgradeRequest& upgrade, const std::string& claims,
                         const mqtt::Connect* mqtt = nullptr);

/// What the handler changes about a client it lets in.
struct ConnectVerdict {
  std::optional<std::string> user_id{};             // also to ""
  std::vector<std::string> groups{};                // none: those of the token stay
  std::optional<std::vector<std::string>> roles{};  // also to none at all
  std::string subprotocol{};                        // empty: the first one we speak
  StringMap mqtt_user_properties{};                 // for the CONNACK
  std::optional<MqttRefusal> mqtt_refusal{};        // not let in, in the words of MQTT
};

/// Errors: service_code is the status for the client: the handler's own if it refused, 500 for an
/// answer that makes no sense. No text of the handler's is passed on.
Result<ConnectVerdict> read_verdict(const net::HttpResponse& answer);

}  // namespace webpubsub::hub
