// What the embedded hub allows its clients, and whom it tells of them.

#include <algorithm>
#include <limits>

#include "config/sections/hub_parts.h"

namespace gateway::config {
namespace {

using webpubsub::hub::HubOptions;
using webpubsub::hub::WebhookSettings;

constexpr std::size_t kMostSize = std::size_t{256} * 1024 * 1024;
constexpr std::size_t kMostCount = 1'000'000;

void read_count(const Value& value, std::size_t least, std::size_t& target) {
  assign(target, value.integer(least, kMostCount));
}

std::vector<std::string> read_names(const Value& value) {
  std::vector<std::string> names;
  for (const auto& item : value.items()) {
    if (auto name = item.text()) names.push_back(std::move(*name));
  }
  return names;
}

void read_system_events(const Value& value, WebhookSettings& handler) {
  for (const auto& item : value.items()) {
    const auto event = item.choice({"connect", "connected", "disconnected"});
    if (!event) continue;
    handler.connect = handler.connect || *event == 0;
    handler.connected = handler.connected || *event == 1;
    handler.disconnected = handler.disconnected || *event == 2;
  }
}

void read_event_handler(Section section, HubOptions& hub) {
  WebhookSettings handler;
  const auto url = section.required("url_template", "http://127.0.0.1:7071/{event}");
  assign(handler.url_template, url.hidden_text());  // its query may hold a code
  assign(handler.hub, section.at("hub").text());
  handler.user_events = read_names(section.at("user_events"));
  read_system_events(section.at("system_events"), handler);
  section.finish();
  if (handler.url_template.empty()) return;
  if (const auto checked = handler.check(); !checked) {
    url.report(checked.error().message);
    return;
  }
  hub.event_handlers.push_back(std::move(handler));
}

}  // namespace

void read_hub_limits(Section limits, HubOptions& hub) {
  read_count(limits.at("connections"), 1, hub.limits.max_connections);
  assign(hub.limits.max_connections_per_address,
         limits.at("connections_per_address").integer(0, kMostCount));
  if (const auto rate = limits.at("requests_per_address").rate(0, kMostCount)) {
    // Less than one a second would be none at all.
    hub.limits.max_requests_per_address =
        *rate == 0 ? 0 : std::max<std::size_t>(1, static_cast<std::size_t>(*rate));
  }
  read_count(limits.at("groups_per_connection"), 1, hub.limits.max_groups_per_connection);
  assign(hub.limits.max_message_bytes, limits.at("message_size").size(1024, kMostSize));
  assign(hub.limits.max_header_bytes, limits.at("header_size").size(1024, 1024 * 1024));
  assign(hub.limits.max_queued_bytes, limits.at("queue_size").size(64 * 1024, kMostSize));
  read_count(limits.at("queue_messages"), 1, hub.limits.max_queued_messages);
  assign(hub.limits.handshake_timeout,
         limits.at("handshake_timeout")
             .duration(std::chrono::milliseconds(100), std::chrono::milliseconds(600'000)));
  limits.finish();
}

void read_event_handlers(const Value& handlers, HubOptions& hub) {
  for (const auto& item : handlers.items()) read_event_handler(item.section(), hub);
}

void read_browsers(Section& section, HubOptions& hub) {
  if (const auto chosen = section.at("negotiate").choice({"local", "network"})) {
    hub.negotiate = *chosen == 0 ? HubOptions::Negotiate::Local : HubOptions::Negotiate::Network;
  }
  for (const auto& item : section.at("cors_origins").items()) {
    auto origin = item.text();
    if (!origin) continue;
    if (const auto checked = webpubsub::hub::Cors::check(*origin); !checked) {
      item.report(checked.error().message);
      continue;
    }
    hub.cors_origins.push_back(std::move(*origin));
  }
}

}  // namespace gateway::config
