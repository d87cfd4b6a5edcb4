// The section about the embedded hub, as it is in effect.

#include "base/units.h"
#include "config/addresses.h"
#include "config/settings.h"
#include "config/yaml_writer.h"

namespace gateway::config {
namespace {

using webpubsub::format_size;
using webpubsub::hub::HubOptions;

void write_handler(YamlWriter& out, const webpubsub::hub::WebhookSettings& handler) {
  out.begin_map();
  const auto query = handler.url_template.find('?');
  // The query may hold a code.
  out.text("url_template", query == std::string::npos ? handler.url_template
                                                      : handler.url_template.substr(0, query) +
                                                            "?" + std::string(kHidden));
  out.text("hub", handler.hub);
  out.open_list("user_events", handler.user_events.empty());
  for (const auto& name : handler.user_events) out.item(name);
  out.close_list();
  out.open_list("system_events", !handler.connect && !handler.connected && !handler.disconnected);
  if (handler.connect) out.item("connect");
  if (handler.connected) out.item("connected");
  if (handler.disconnected) out.item("disconnected");
  out.close_list();
  out.close();
}

void write_limits(YamlWriter& out, const HubOptions& hub) {
  out.open("limits");
  out.number("connections", hub.limits.max_connections);
  out.number("connections_per_address", hub.connections_per_address());
  out.text("requests_per_address", std::to_string(hub.requests_per_address()) + "/s");
  out.number("groups_per_connection", hub.limits.max_groups_per_connection);
  out.text("message_size", format_size(hub.limits.max_message_bytes));
  out.text("header_size", format_size(hub.limits.max_header_bytes));
  out.text("queue_size", format_size(hub.limits.max_queued_bytes));
  out.number("queue_messages", hub.limits.max_queued_messages);
  out.duration("handshake_timeout", hub.limits.handshake_timeout);
  out.close();
}

}  // namespace

void write_hub(YamlWriter& out, const Settings& settings) {
  const auto& hub = settings.hub;
  out.open("hub");
  out.text("listen", format_listen_address(hub.address, hub.port));
  out.text("access_key_file", settings.secret_files.hub_access_key);
  out.open("tls");
  out.text("certificate_file", hub.tls.certificate_file);
  out.text("key_file", hub.tls.key_file);
  out.close();
  out.open_list("event_handlers", hub.event_handlers.empty());
  for (const auto& handler : hub.event_handlers) write_handler(out, handler);
  out.close_list();
  out.text("negotiate", hub.negotiate == HubOptions::Negotiate::Local ? "local" : "network");
  out.open_list("cors_origins", hub.cors_origins.empty());
  for (const auto& origin : hub.cors_origins) out.item(origin);
  out.close_list();
  out.flag("mirror", settings.hub_mirror);
  write_limits(out, hub);
  out.close();
}

}  // namespace gateway::config
