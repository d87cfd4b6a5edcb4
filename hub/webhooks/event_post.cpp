#include "hub/webhooks/event_post.h"

#include <ctime>

#include "base/random.h"
#include "hub/text.h"
#include "webpubsub/events/event_signature.h"

namespace webpubsub::hub {

namespace {

std::string time_text(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[sizeof "2026-01-01T00:00:00Z+spare"];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

net::Headers event_headers(const WebhookSender& sender, const EventSource& source,
                           const EventPost& post, WebhookSession& session, WallTime now) {
  const std::string kind = post.is_system ? "sys." : "user.";
  const std::string id(source.connection_id);
  net::Headers headers = {
      {"WebHook-Request-Origin", sender.origin},
      {"Content-Type", post.content_type},
      {"ce-specversion", "1.0"},
      {"ce-awpsversion", "1.0"},
      {"ce-type", "azure.webpubsub." + kind + post.event},
      {"ce-source", "/hubs/" + std::string(source.hub) + "/client/" + id},
      {"ce-id", std::to_string(session.next_id++)},
      {"ce-time", time_text(now)},
      {"ce-signature", event_signature(id, sender.access_keys)},
      {"ce-connectionId", id},
      {"ce-hub", std::string(source.hub)},
      {"ce-eventName", post.event},
      {"x-ms-client-request-id", random_id()},
  };
  const auto add = [&headers](std::string_view name, std::string_view value) {
    if (!value.empty()) headers.emplace_back(name, value);
  };
  add("ce-userId", source.user_id);
  add("ce-subprotocol", source.subprotocol);
  add("ce-connectionState", session.state);
  add("Cookie", session.cookie_header());
  add("ce-physicalConnectionId", session.physical_connection_id);
  const bool is_connect = post.is_system && post.event == "connect";
  if (!is_connect) add("ce-sessionId", session.session_id);
  // What travels beside a message of MQTT are its user properties.
  const std::string prefix = session.is_mqtt() ? "mqtt-" : "x-webpubsub-metadata-";
  for (const auto& [name, value] : post.metadata) add(prefix + canonical_hub_name(name), value);
  return headers;
}

std::string content_type_of(DataType type) {
  switch (type) {
    case DataType::Json:
      return "application/json";
    case DataType::Text:
      return "text/plain; charset=utf-8";
    case DataType::Protobuf:
      return "application/x-protobuf";
    case DataType::Binary:
      break;
  }
  return "application/octet-stream";
}

}  // namespace webpubsub::hub
