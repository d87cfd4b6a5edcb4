#include "hub/hub.h"

#include <algorithm>
#include <utility>

#include "hub/client_endpoint.h"
#include "hub/client_url.h"
#include "hub/command_relay.h"
#include "hub/dashboard/dashboard.h"
#include "hub/dashboard_access.h"
#include "hub/hub_context.h"
#include "hub/mqtt/mqtt_endpoint.h"
#include "hub/rest_api.h"
#include "hub/text.h"
#include "net/http_server.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/protocol/codec.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::size_t kMinKeyBytes = 32;  // of HS256: RFC 7518, section 3.2
constexpr std::size_t kRestConnections = 64;

/// The page's commands go to the gateway, what a web server wants goes there, and all other events
/// to the handler in this process.
class EventRouter : public EventHandler {
 public:
  explicit EventRouter(HubContext& context) : commands_(context), webhooks_(context.webhooks) {}
  void set_handler(EventHandler* handler) { handler_ = handler; }

  void on_user_event(const ClientEvent& event, EventResponder respond) override {
    if (commands_.wants(event)) {
      commands_.on_user_event(event, std::move(respond));
    } else if (webhooks_.wants(event)) {
      webhooks_.on_user_event(event, std::move(respond));
    } else if (handler_ != nullptr) {
      handler_->on_user_event(event, std::move(respond));
    } else {
      respond(no_event_handler());
    }
  }

 private:
  CommandRelay commands_;
  Webhooks& webhooks_;
  EventHandler* handler_ = nullptr;
};

bool is_well_known(const Secret& key) { return key.reveal() == kLocalAccessKey; }

Result<void> check(const HubOptions& options) {
  const auto& keys = options.access_keys;
  if (std::any_of(keys.begin(), keys.end(),
                  [](const Secret& key) { return key.reveal().size() < kMinKeyBytes; })) {
    return Error{Errc::InvalidArgument, "hub: an access key has at least 32 characters"};
  }
  const bool own_key = !keys.empty() && std::none_of(keys.begin(), keys.end(), is_well_known);
  if (!is_loopback(options.address) && (!options.tls.enabled() || !own_key)) {
    return Error{Errc::InvalidArgument, "hub: listening on " + options.address +
                                            " needs TLS and an access key of its own"};
  }
  if (!is_valid_hub_name(options.dashboard_hub)) {
    return Error{Errc::InvalidArgument,
                 "hub: '" + options.dashboard_hub + "' is not a valid hub name"};
  }
  for (const std::string& origin : options.cors_origins) {
    if (auto usable = Cors::check(origin); !usable) {
      return Error{Errc::InvalidArgument, "hub: " + usable.error().message};
    }
  }
  for (const WebhookSettings& handler : options.event_handlers) {
    if (auto usable = handler.check(); !usable) return usable.error();
  }
  return {};
}

bool is_negotiate(std::string_view path) {
  return path == "/negotiate" || path == "/dashboard/negotiate";
}

std::vector<std::string> subprotocols() {
  std::vector<std::string> names = known_subprotocols();
  names.emplace_back("mqtt");
  return names;
}

std::string authority_of(const HubOptions& options, std::uint16_t port) {
  const bool v6 = options.address.find(':') != std::string::npos;
  return (v6 ? "[" + options.address + "]" : options.address) + ":" + std::to_string(port);
}

net::HttpServerOptions server_options(const HubOptions& options) {
  return {.address = options.address,
          .port = options.port,
          .tls = options.tls,
          .subprotocols = subprotocols(),
          .max_request_head = options.limits.max_header_bytes,
          .max_request_body = options.limits.max_message_bytes,
          .max_message_bytes = options.limits.max_message_bytes,
          .max_queued_bytes = options.limits.max_queued_bytes,
          .max_queued_messages = options.limits.max_queued_messages,
          .max_connections = options.limits.max_connections + kRestConnections,
          .per_address = {.max_connections = options.connections_per_address(),
                          .requests_per_second = options.requests_per_address()},
          .handshake_timeout = options.limits.handshake_timeout};
}

class HubServer : public Hub, public net::HttpServerHandler {
 public:
  HubServer(net::EventLoop& loop, const HubOptions& options, Log& log)
      : context_{.loop = loop,
                 .log = log,
                 .options = options,
                 .tokens = TokenCheck(options.access_keys, options.tls.enabled())},
        events_(context_),
        rest_(context_),
        page_(context_),
        clients_(context_, events_),
        mqtt_clients_(context_, events_) {
    context_.connections.set_observer(context_.dashboard_groups);
  }

  Result<void> listen() {
    const HubOptions& options = context_.options;
    auto server = net::HttpServer::listen(context_.loop, server_options(options), *this);
    if (!server) return server.error();
    server_ = std::move(*server);
    context_.tokens.set_authority(authority_of(options, port()));
    page_.set_port(port());
    context_.log.write(LogLevel::Notice, "hub.listening", "the embedded hub listens",
                       {{"endpoint", endpoint()}});
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }

  std::string endpoint() const override {
    const bool tls = context_.options.tls.enabled();
    return (tls ? "https://" : "http://") +
           normal_authority(authority_of(context_.options, port()), tls);
  }

  Secret connection_string() const override {
    return Secret("Endpoint=" + endpoint() + ";AccessKey=" +
                  std::string(context_.tokens.signing_key().reveal()) + ";Version=1.0;");
  }

  HubCounters counters() const override {
    HubCounters counters = context_.counters;
    const net::HttpServerCounters refused = server_->counters();
    counters.connections_refused +=
        refused.connections_over_limit + refused.connections_over_address_limit;
    counters.requests_refused = refused.requests_over_address_limit;
    counters.handshake_timeouts = refused.handshake_timeouts;
    counters.oversized_requests = refused.oversized_requests;
    counters.oversized_messages = refused.oversized_messages;
    counters.dashboard_groups_missed = context_.dashboard_groups.not_followed();
    return counters;
  }

  void set_dashboard_groups(std::vector<std::string> groups) override {
    context_.dashboard_groups.set_groups(std::move(groups));
  }

  void set_event_handler(EventHandler* handler) override { events_.set_handler(handler); }

  void on_request(net::HttpRequest request, net::HttpResponder respond) override {
    const bool for_pages = request.path.starts_with("/api/") || is_negotiate(request.path);
    if (for_pages && Cors::is_preflight(request)) {
      return respond(context_.cors.answer_preflight(request));
    }
    net::HttpResponse response = answer(request);
    if (for_pages) context_.cors.open(request, response);
    respond(std::move(response));
  }

  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& /*request*/) override {
    return {.status = 500};  // never asked, see below
  }
  void start_upgrade(net::UpgradeRequest request, net::UpgradeResponder respond) override {
    if (hub_of_mqtt_url(request.request.path)) {
      mqtt_clients_.start_upgrade(request, respond);
    } else {
      clients_.start_upgrade(std::move(request), std::move(respond));
    }
  }

 private:
  net::HttpResponse answer(const net::HttpRequest& request) {
    if (request.path.starts_with("/api/")) return rest_.handle(request);
    if (hub_of_client_url(request.path, {}) || hub_of_mqtt_url(request.path)) {
      return {.status = 400,
              .headers = {{"Content-Type", "text/plain"}},
              .body = "A WebSocket upgrade is expected here."};
    }
    if (!context_.options.dashboard) return {.status = 404};
    if (is_negotiate(request.path)) return page_.negotiate(request);
    if (request.method != "GET" && request.method != "HEAD") return {.status = 405};
    auto asset = dashboard::asset(request.path,
                                  net::find_header(request.headers, "if-none-match").value_or(""));
    if (!asset) return {.status = 404};
    if (request.method == "HEAD") asset->body.clear();
    return std::move(*asset);
  }

  HubContext context_;
  EventRouter events_;
  RestApi rest_;
  DashboardAccess page_;
  std::unique_ptr<net::HttpServer> server_;
  ClientEndpoint clients_;  // its sockets go before the server they came in by
  MqttEndpoint mqtt_clients_;
};

}  // namespace

std::size_t HubOptions::connections_per_address() const {
  return limits.max_connections_per_address.value_or(
      is_loopback(address) ? 0 : HubLimits::kUsualAddressConnections);
}

std::size_t HubOptions::requests_per_address() const {
  return limits.max_requests_per_address.value_or(
      is_loopback(address) ? 0 : HubLimits::kUsualAddressRequests);
}

Result<std::unique_ptr<Hub>> Hub::start(net::EventLoop& loop, HubOptions options, Log& log) {
  if (auto usable = check(options); !usable) return usable.error();
  if (options.access_keys.empty()) options.access_keys.emplace_back(std::string(kLocalAccessKey));
  auto hub = std::make_unique<HubServer>(loop, options, log);
  if (auto listening = hub->listen(); !listening) return listening.error();
  return std::unique_ptr<Hub>(std::move(hub));
}

}  // namespace webpubsub::hub
