// What webhooks know of one connection from one event to the next.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hub/webhooks/mqtt_details.h"
#include "net/http.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

struct WebhookSession {
  std::uint64_t next_id = 0;  // of the event; connect has 0
  std::string state{};        // what ce-connectionState was last set to, never looked into
  StringMap cookies{};        // that answers set, for this connection alone

  // Of MQTT clients: the transport it came by last, the session, and how that ended.
  std::string physical_connection_id{};
  std::string session_id{};
  mqtt::Version mqtt_version = mqtt::Version::V5;
  std::optional<MqttEnding> mqtt_ending{};
  bool is_mqtt() const noexcept { return !physical_connection_id.empty(); }

  // connected and disconnected are told one after the other, though nobody waits for them.
  bool telling = false;
  std::deque<std::function<void(const std::shared_ptr<WebhookSession>&)>> to_tell{};

  /// Takes over what the answer to a blocking event sets. Call for successes only.
  void learn_from(const net::HttpResponse& answer);
  /// "a=1; b=2", empty when there are none.
  std::string cookie_header() const;
};

}  // namespace webpubsub::hub
