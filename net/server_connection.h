// One accepted connection while it speaks HTTP: request after request, until it closes or becomes
// a WebSocket.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/byte_queue.h"
#include "net/event_loop.h"
#include "net/http_parser.h"
#include "net/http_server.h"
#include "net/lws_glue.h"
#include "net/server_socket.h"
#include "net/stream.h"

namespace webpubsub::net {

class ServerConnection;

/// What a connection needs of its server.
class ConnectionOwner {
 public:
  virtual const HttpServerOptions& options() const = 0;
  virtual HttpServerCounters& count() = 0;
  virtual AddressLimits& address_limits() = 0;
  virtual HttpServerHandler& handler() = 0;
  /// The connection is over, or a WebSocket; it is destroyed when the callback is done.
  virtual void on_connection_over(ServerConnection& connection) = 0;
  virtual void add_socket(ServerSocket& socket) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class ServerConnection final : public StreamHandler {
 public:
  ServerConnection(EventLoop& loop, ConnectionOwner& owner, std::string peer,
                   AddressLimits::Place place);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  /// Before anything arrives.
  void set_stream(std::unique_ptr<Stream> stream) { stream_ = std::move(stream); }
  /// The server goes: nothing of it is used after this.
  void abandon();
  void on_bytes(unsigned char* bytes, std::size_t count) override;
  bool on_room() override;
  void on_lost() override;

 private:
  enum class State : std::uint8_t {
    Reading,    // a request
    Waiting,    // for the handler's answer
    Answering,  // writing it
    Leaving,    // told the peer that we close; reads what it still sends
    Over,
  };

  void read_request();
  void on_deadline();
  void refuse_request(int status);
  void handle_request();
  void answer(const HttpResponse& response);
  void answer_status(int status);
  bool upgrade();
  int upgrade_fault() const;
  void decide_upgrade(UpgradeAnswer decided, const std::vector<std::string>& offered,
                      std::string_view key);
  void become_websocket(const UpgradeAnswer& decided, std::string_view key);
  void on_answered();
  void leave();
  void over();
  void watch_reading();

  EventLoop& loop_;
  ConnectionOwner& owner_;
  const std::string peer_;
  AddressLimits::Place place_;
  std::unique_ptr<Stream> stream_;
  State state_ = State::Reading;
  ByteQueue input_;
  RequestParser parser_;
  std::string output_;
  std::size_t output_sent_ = 0;
  bool keep_alive_ = false;
  bool continue_sent_ = false;
  bool body_begun_ = false;
  bool reading_paused_ = false;
  bool head_only_ = false;            // the request was HEAD
  std::uint64_t request_number_ = 0;  // answers to earlier ones come too late
  Timer deadline_;
  Lifetime lifetime_;
};

/// "HTTP/1.1 200 OK" and so on; also for statuses without a name.
std::string status_line(int status);
std::string websocket_accept(std::string_view key);

}  // namespace webpubsub::net
