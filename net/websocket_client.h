// Opening a WebSocket to a server.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/event_loop.h"
#include "net/tls_options.h"
#include "net/websocket.h"

namespace webpubsub::net {

struct WebSocketClientOptions {
  std::string url{};          // ws://host[:port]/path?query or wss://
  std::string subprotocol{};  // offered, and required of the answer; empty: none
  std::vector<std::pair<std::string, std::string>> headers{};  // "Authorization", "Bearer ..."
  TlsClientOptions tls{};
  std::string proxy{};  // http://[user:password@]host:port, spoken to by CONNECT; empty: direct
  std::chrono::milliseconds connect_timeout{10'000};  // name, TCP, TLS and upgrade together
  std::size_t max_message_bytes = 2 * 1024 * 1024;    // a larger one closes with 1009
  std::size_t max_queued_bytes = 4 * 1024 * 1024;
  std::size_t max_queued_messages = 1024;
};

/// Starts connecting and returns at once; on_open() or on_close() follows on a later lap, always.
/// Names are resolved off the loop and every address is tried. `listener` must outlive the socket.
/// Errors: InvalidArgument for a URL that cannot be one.
Result<std::unique_ptr<WebSocket>> connect_websocket(EventLoop& loop,
                                                     WebSocketClientOptions options,
                                                     WebSocketListener& listener);

}  // namespace webpubsub::net
