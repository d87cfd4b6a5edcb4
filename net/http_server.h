// A listening socket that serves HTTP requests and WebSocket upgrades.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/address_limits.h"
#include "net/event_loop.h"
#include "net/http.h"
#include "net/tls_options.h"
#include "net/websocket.h"

namespace webpubsub::net {

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // a numeric address of this machine: IPv4 or IPv6
  std::uint16_t port = 0;             // 0: any free one, see HttpServer::port()
  TlsServerOptions tls{};
  // Every WebSocket subprotocol that on_upgrade() may select.
  std::vector<std::string> subprotocols{};
  std::size_t max_request_head = 32 * 1024;        // request line and headers; more is answered 431
  std::size_t max_request_body = 2 * 1024 * 1024;  // more is answered 413
  std::size_t max_message_bytes = 1024 * 1024;     // of a WebSocket message; more closes with 1009
  std::size_t max_queued_bytes = 16 * 1024 * 1024;  // of one WebSocket; then send() says Full
  std::size_t max_queued_messages = 1000;
  std::size_t max_connections = 10'000;
  AddressLimitOptions per_address{};  // a connection too many is dropped, a request answered 429
  /// From accepting a connection, TLS included, to the end of its first request's head.
  std::chrono::milliseconds handshake_timeout{30'000};
};

/// What a server refused, since it listens.
struct HttpServerCounters {
  std::uint64_t connections_over_limit = 0;
  std::uint64_t connections_over_address_limit = 0;
  std::uint64_t requests_over_address_limit = 0;
  std::uint64_t handshake_timeouts = 0;  // connections that never made a request
  std::uint64_t oversized_requests = 0;  // head or body
  std::uint64_t oversized_messages = 0;  // of WebSockets
};

/// Answers one request, now or later, once. A copy that outlives the connection does nothing.
using HttpResponder = std::function<void(HttpResponse)>;

struct UpgradeRequest {
  HttpRequest request{};                    // no body
  std::vector<std::string> subprotocols{};  // offered, in the client's order and spelling
};

/// Takes the socket over once the upgrade is answered and returns its listener, which must outlive
/// the socket. Runs on the loop before any message.
using AcceptWebSocket = std::function<WebSocketListener&(std::unique_ptr<WebSocket> socket)>;

struct UpgradeAnswer {
  int status = 101;           // anything else refuses, with `body`
  std::string subprotocol{};  // one of those offered, or empty for none
  std::string body{};
  AcceptWebSocket accept{};
  Headers headers{};  // of the answer either way, such as Retry-After or WWW-Authenticate
};

/// Answers one upgrade request, as an HttpResponder does. Without an answer the peer waits.
using UpgradeResponder = std::function<void(UpgradeAnswer)>;

class HttpServerHandler {
 public:
  virtual ~HttpServerHandler() = default;
  virtual void on_request(HttpRequest request, HttpResponder respond) = 0;
  virtual UpgradeAnswer on_upgrade(const UpgradeRequest& request) = 0;
  /// Override it to decide on a later lap. NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual void start_upgrade(UpgradeRequest request, UpgradeResponder respond) {
    respond(on_upgrade(request));
  }
};

class HttpServer {
 public:
  /// Listens; a failure to bind is an error here, never a server that does not listen.
  /// Errors: Io with address and system text; InvalidArgument for an unusable certificate.
  static Result<std::unique_ptr<HttpServer>> listen(EventLoop& loop, HttpServerOptions options,
                                                    HttpServerHandler& handler);
  virtual ~HttpServer() = default;         // drops every connection it accepted
  virtual std::uint16_t port() const = 0;  // the one really bound
  virtual HttpServerCounters counters() const = 0;
};

}  // namespace webpubsub::net
