// An event as the HTTP request that tells of it. Source: reference, section 8.3.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "hub/webhooks/webhook_session.h"
#include "net/http.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

/// What webhooks are told about the hub itself.
struct WebhookSender {
  std::string origin{};  // its host, without a port
  std::vector<Secret> access_keys{};
};

/// The connection an event is of.
struct EventSource {
  std::string_view hub{};
  std::string_view connection_id{};
  std::string_view user_id{};
  std::string_view subprotocol{};
};

struct EventPost {
  std::string event{};  // "connect", or the user event's name
  bool is_system = false;
  std::string content_type = "application/json; charset=utf-8";
  std::string body{};
  StringMap metadata{};
};

/// Counts one event of `session`.
net::Headers event_headers(const WebhookSender& sender, const EventSource& source,
                           const EventPost& post, WebhookSession& session, WallTime now);

std::string content_type_of(DataType type);

}  // namespace webpubsub::hub
