// Two ends on one loop: what most tests of net/ need.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/websocket_client.h"

namespace webpubsub::net::testing {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class NoSink : public LogSink {
 public:
  void write(const LogRecord& record) override { events.emplace_back(record.event); }
  std::vector<std::string> events;
};

/// A loop that a test drives until what it waits for has happened.
class Loop {
 public:
  Loop();
  EventLoop& operator*() { return *loop_; }
  EventLoop* operator->() { return loop_.get(); }
  /// False when `done` did not hold within `limit`.
  [[nodiscard]] bool until(const std::function<bool()>& done,
                           std::chrono::milliseconds limit = 10s);
  NoSink sink;

 private:
  Log log_{sink, LogLevel::Debug};
  std::unique_ptr<EventLoop> loop_;
};

struct Received {
  MessageType type = MessageType::Text;
  std::string payload{};
};

/// Keeps what happened; `on_*_do` run inside the callbacks.
class Recorder : public WebSocketListener {
 public:
  void on_open() override;
  void on_message(MessageType type, std::string_view payload) override;
  void on_sent(std::size_t count) override;
  void on_drain() override;
  void on_pong() override;
  void on_close(const CloseInfo& info) override;

  std::unique_ptr<WebSocket> socket;
  bool opened = false;
  std::vector<Received> messages;
  std::size_t sent = 0;
  int drains = 0;
  int pongs = 0;
  int closes = 0;
  std::optional<CloseInfo> closed;
  bool keep_messages = true;

  std::function<void()> on_open_do;
  std::function<void(MessageType, std::string_view)> on_message_do;
  std::function<void()> on_sent_do;
  std::function<void()> on_drain_do;
  std::function<void()> on_pong_do;
  std::function<void()> on_close_do;
};

/// A server whose behaviour a test sets; every accepted WebSocket gets a Recorder.
class TestServer : public HttpServerHandler {
 public:
  explicit TestServer(Loop& loop, HttpServerOptions options = {});
  ~TestServer() override;

  void on_request(HttpRequest request, HttpResponder respond) override;
  UpgradeAnswer on_upgrade(const UpgradeRequest& request) override;

  std::uint16_t port() const { return server->port(); }
  std::string url(std::string_view scheme, std::string_view path = "/") const;

  std::function<void(HttpRequest, HttpResponder)> on_request_do;
  std::function<UpgradeAnswer(const UpgradeRequest&)> on_upgrade_do;  // status != 101 refuses
  std::function<void(Recorder&)> on_accept_do;
  std::vector<std::unique_ptr<Recorder>> sockets;
  std::vector<UpgradeRequest> upgrades;
  std::unique_ptr<HttpServer> server;
};

/// Connects `recorder` to `url`; the recorder owns the socket.
void connect_with(Loop& loop, Recorder& recorder, WebSocketClientOptions options);
void connect(Loop& loop, Recorder& recorder, const std::string& url);

/// A plain TCP peer for what a well-behaved one would never send. Blocks for at most a few
/// seconds; run it while the loop is driven elsewhere, or use the loop-driven calls.
class RawPeer {
 public:
  RawPeer(Loop& loop, std::uint16_t port);  // connects
  RawPeer(Loop& loop, int connected_fd) : loop_(loop), fd_(connected_fd) {}
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  void send(std::string_view bytes);
  /// Reads until `done` says so of everything received; false at end or after 10 s.
  [[nodiscard]] bool read_until(const std::function<bool(std::string_view)>& done);
  [[nodiscard]] bool read_until_contains(std::string_view text);
  [[nodiscard]] bool read_until_closed();
  void stop_sending();
  /// What is there; false at the end of the stream.
  bool read_some();
  std::string received;

 private:
  Loop& loop_;
  int fd_ = -1;
  bool closed_ = false;
};

/// A listening socket that only accepts when told.
class RawListener {
 public:
  RawListener();
  ~RawListener();
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  std::uint16_t port() const { return port_; }
  /// -1 when nobody came within 10 s.
  int accept(Loop& loop);

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

/// A client's frame, masked.
std::string masked_frame(unsigned char first_byte, std::string_view payload);
/// A server's frame.
std::string plain_frame(unsigned char first_byte, std::string_view payload);
inline constexpr std::string_view kUpgradeKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455, 1.3
std::string upgrade_request(std::string_view path = "/", std::string_view extra_headers = "");

}  // namespace webpubsub::net::testing
