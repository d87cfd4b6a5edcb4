// The server's end of a WebSocket.
//
// Framing is ours (websocket_frame.h): a server's frames are the same for every receiver, so a
// fan-out writes shared bytes, several frames to a system call.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/byte_queue.h"
#include "net/event_loop_impl.h"
#include "net/http_server.h"
#include "net/lws_glue.h"
#include "net/ring.h"
#include "net/stream.h"
#include "net/websocket.h"
#include "net/websocket_frame.h"

namespace webpubsub::net {

class ServerSocket;

/// The server's list of sockets it has to end; told when one goes.
class SocketOwner {
 public:
  virtual void on_socket_gone(ServerSocket& socket) = 0;
  virtual void on_oversized_message() = 0;

 protected:
  ~SocketOwner() = default;
};

class ServerSocket final : public WebSocket, public StreamHandler {
 public:
  /// `handshake` is the answer that goes out first.
  ServerSocket(EventLoop& loop, std::unique_ptr<Stream> stream, const HttpServerOptions& options,
               std::string peer, std::string handshake);
  ~ServerSocket() override;

  /// Bound before anything arrives.
  void set_listener(WebSocketListener& listener) { listener_ = &listener; }
  void set_owner(SocketOwner* owner) { owner_ = owner; }
  /// What it takes of its address; given back when the connection ends.
  void set_place(AddressLimits::Place place) { place_ = std::move(place); }
  /// Takes what came behind the upgrade request, and starts.
  void begin(std::string_view early_bytes);
  Lifetime& lifetime() noexcept { return lifetime_; }

  Offer send(MessageType type, std::string_view payload) override;
  Offer send(const std::shared_ptr<Message>& message) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void abort(std::string_view reason) override;
  void ping() override;
  void pause_reading(bool paused) override;
  bool is_open() const override { return state_ == State::Open; }
  std::size_t queued_messages() const override { return queue_.size(); }
  std::size_t queued_bytes() const override { return queued_bytes_; }
  std::string peer() const override { return peer_; }

  void on_bytes(unsigned char* bytes, std::size_t count) override;
  bool on_room() override;
  void on_lost() override;

 private:
  enum class State : std::uint8_t { Open, Closing, Ended };
  /// A whole frame: shared, or (null) the next `frame_size` bytes of own_bytes_.
  struct Queued {
    std::shared_ptr<Message> message{};
    std::size_t payload = 0;
    std::size_t frame_size() const noexcept { return frame_header_size(payload) + payload; }
  };

  Offer admit(std::size_t payload);
  void want_write();
  void write_at_end_of_lap();

  void read_held();
  /// Reads whole frames; returns how many bytes it used. False in `alive`: we are gone.
  std::size_t read_frames(unsigned char* bytes, std::size_t count, bool& alive);
  void on_frame(const FrameHeader& header, std::string_view payload);
  void on_data_frame(const FrameHeader& header, std::string_view payload);
  void deliver(MessageType type, std::string_view payload);
  void on_close_frame(std::string_view payload);
  void refuse(const FrameFault& fault);

  bool write_control();
  bool write_own(std::size_t& sent);
  bool write_shared(std::size_t& sent);
  bool write_bytes(unsigned char* bytes, std::size_t count);
  void frame_done();
  bool report_sent(std::size_t sent);
  void after_close_sent();
  void end();

  EventLoop& loop_;
  std::unique_ptr<Stream> stream_;  // null: the connection is gone
  WebSocketListener* listener_ = nullptr;
  SocketOwner* owner_ = nullptr;
  AddressLimits::Place place_{};
  const std::size_t max_message_bytes_;
  const std::size_t max_queued_bytes_;
  const std::size_t max_queued_messages_;
  const std::string peer_;
  State state_ = State::Open;

  Ring<Queued> queue_;
  ByteQueue own_bytes_;
  std::size_t queued_bytes_ = 0;  // payload
  std::size_t front_sent_ = 0;    // bytes of the first frame that are gone
  bool told_full_ = false;
  bool write_wanted_ = false;
  std::string handshake_;
  bool ping_asked_ = false;
  std::optional<std::string> pong_;  // the latest ping's; earlier ones need no answer (5.5.3)
  bool close_queued_ = false;
  bool close_sent_ = false;
  bool close_received_ = false;

  ByteQueue held_;       // frames cut short, or not read while paused
  std::string partial_;  // of a fragmented message
  std::optional<MessageType> partial_type_;
  bool paused_ = false;
  bool discarding_ = false;
  CloseInfo ending_{};
  Timer close_timer_;
  EndOfLap end_of_lap_;
  Lifetime lifetime_;
};

}  // namespace webpubsub::net
