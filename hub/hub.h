// The embedded hub: the service side of Web PubSub on this machine.
//
// It speaks the service's own client subprotocol, raw WebSockets and REST, so that what works
// against it works against the cloud, and serves a live dashboard page.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "hub/webhooks/webhook_settings.h"
#include "net/event_loop.h"
#include "net/tls_options.h"

namespace webpubsub::hub {

struct HubOptions {
  std::string address = "127.0.0.1";  // others than loopback need TLS and a key of its own
  std::uint16_t port = 8080;          // 0: any free one
  net::TlsServerOptions tls{};
  // At least 32 characters each; any is accepted, the first one signs. Empty: the well-known key.
  std::vector<Secret> access_keys{};
  bool dashboard = true;                        // serve the page at /, to this machine only
  std::string dashboard_hub = "telemetry";      // hub name the page connects to
  std::vector<std::string> dashboard_groups{};  // groups the page is joined to; "site-*" works
  std::string command_user{};  // user whose connections receive the page's commands; empty: none
  std::size_t max_connections = 10'000;
  std::size_t max_message_bytes = 1024 * 1024;
  std::size_t max_queued_bytes = 16 * 1024 * 1024;  // per client; beyond it is closed with 1008
  std::size_t max_queued_messages = 1000;
  // Clients of the reliable subprotocols: how long a connection waits for its client to come back,
  // and how much it keeps unacknowledged; beyond that it is closed with 1008.
  std::chrono::milliseconds recovery_window{30'000};
  std::size_t max_retained_messages = 1000;
  std::size_t max_retained_bytes = 16 * 1024 * 1024;
  // Web servers that handle events of clients, the first that wants an event gets it.
  std::vector<WebhookSettings> event_handlers{};
  WebhookLimits webhook_limits{};
  net::TlsClientOptions webhook_tls{};  // for those on https
};

class EventHandler;  // event_handler.h

/// What happened since the start.
struct HubCounters {
  std::uint64_t connections = 0;  // open now
  std::uint64_t connections_total = 0;
  std::uint64_t messages_in = 0;  // frames from clients and sends by REST
  std::uint64_t deliveries = 0;   // messages queued to connections
  std::uint64_t rejected_handshakes = 0;
  std::uint64_t malformed_frames = 0;
  std::uint64_t slow_clients_closed = 0;
  std::uint64_t recoveries = 0;               // connections that got a new socket
  std::uint64_t webhook_events = 0;           // that an event handler took, or refused
  std::uint64_t webhook_failures = 0;         // that it did not take, in the end
  std::uint64_t webhook_retries = 0;          // requests beyond the first
  std::uint64_t webhook_overflows = 0;        // failures for want of room in the queue
  std::uint64_t dashboard_groups_missed = 0;  // came up beyond the thousand that pages follow
};

/// Used on its loop's thread. `log` must outlive it.
class Hub {
 public:
  /// Listens at once. Errors: Io when the address cannot be bound; InvalidArgument.
  static Result<std::unique_ptr<Hub>> start(net::EventLoop& loop, HubOptions options, Log& log);
  virtual ~Hub() = default;

  virtual std::uint16_t port() const = 0;
  /// "http://127.0.0.1:8080", without a slash.
  virtual std::string endpoint() const = 0;
  /// For SDKs and the gateway: "Endpoint=...;AccessKey=...;Version=1.0;".
  virtual Secret connection_string() const = 0;
  virtual HubCounters counters() const = 0;

  /// Changes what pages may see, those that are connected included. A name that ends in '*' stands
  /// for every group that begins so, as they come up; up to a thousand of those are followed.
  virtual void set_dashboard_groups(std::vector<std::string> groups) = 0;

  /// Who answers the events of clients, but for the page's commands and those that an event handler
  /// of the options wants; null for nobody. Must outlive the hub, or be taken back.
  virtual void set_event_handler(EventHandler* handler) = 0;
};

}  // namespace webpubsub::hub
