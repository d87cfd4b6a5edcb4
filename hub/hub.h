// The embedded hub: the service side of Web PubSub on this machine.
//
// It speaks the service's own client subprotocol, raw WebSockets and REST, so that what works
// against it works against the cloud, and serves a live dashboard page.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "hub/webhooks/webhook_settings.h"
#include "net/event_loop.h"
#include "net/tls_options.h"

namespace webpubsub::hub {

/// What one client, or all together, may take. Beyond it is refused, counted and logged.
struct HubLimits {
  std::size_t max_connections = 10'000;  // 429; those that wait for their client included
  // Of one address. Nothing: none on loopback, kUsualAddressConnections and kUsualAddressRequests
  // elsewhere. 0: no limit.
  static constexpr std::size_t kUsualAddressConnections = 1000;
  static constexpr std::size_t kUsualAddressRequests = 100;
  std::optional<std::size_t> max_connections_per_address{};
  std::optional<std::size_t> max_requests_per_address{};  // a second: 429
  std::size_t max_groups_per_connection = 1000;
  std::size_t max_message_bytes = 1024 * 1024;          // frames: 1009, request bodies: 413
  std::size_t max_header_bytes = 32 * 1024;             // of a request: 431
  std::chrono::milliseconds handshake_timeout{30'000};  // of TLS and the head of a request
  std::size_t max_queued_bytes = 16 * 1024 * 1024;      // of a slow client: closed with 1008
  std::size_t max_queued_messages = 1000;
};

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
  /// Who gets the page's token from /negotiate without a key: it is for the groups of the page.
  enum class Negotiate : std::uint8_t { Local, Network };
  Negotiate negotiate = Negotiate::Local;
  /// Origins whose pages may call REST and /negotiate from a browser; "*" is any.
  std::vector<std::string> cors_origins{};

  HubLimits limits{};
  // Clients of the reliable subprotocols: how long a connection waits for its client to come back,
  // and how much it keeps unacknowledged; beyond that it is closed with 1008.
  std::chrono::milliseconds recovery_window{30'000};
  std::size_t max_retained_messages = 1000;
  std::size_t max_retained_bytes = 16 * 1024 * 1024;
  // Web servers that handle events of clients, the first that wants an event gets it.
  std::vector<WebhookSettings> event_handlers{};
  WebhookLimits webhook_limits{};
  net::TlsClientOptions webhook_tls{};  // for those on https

  // The limits in effect for one address.
  std::size_t connections_per_address() const;
  std::size_t requests_per_address() const;
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
  std::uint64_t connections_refused = 0;  // too many in all, or of one address
  std::uint64_t requests_refused = 0;     // too many of one address
  std::uint64_t handshake_timeouts = 0;
  std::uint64_t oversized_requests = 0;
  std::uint64_t oversized_messages = 0;
  std::uint64_t joins_refused = 0;            // too many groups of one connection
  std::uint64_t messages_expired = 0;         // while their client was away
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
