// One WebSocket connection, client or server side alike.
//
// The owner holds it by unique_ptr; destroying it drops the connection without a word and without
// a callback, also from inside one of its own callbacks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace webpubsub::net {

enum class MessageType : std::uint8_t { Text, Binary };

/// Close codes of RFC 6455, section 7.4.1, by name. 1005 and 1006 never travel on the wire.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatus = 1005;
inline constexpr std::uint16_t kAbnormal = 1006;
inline constexpr std::uint16_t kInvalidPayload = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTooLarge = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
}  // namespace close_code

/// How a connection, or the attempt at one, ended.
struct CloseInfo {
  std::uint16_t code = close_code::kAbnormal;
  std::string reason{};          // the peer's text, or ours when we ended it
  bool was_open = false;         // false: the handshake never finished, `error` says why
  std::optional<Error> error{};  // service_code holds the HTTP status of a refused handshake
  std::optional<std::string> retry_after{};  // header of a refused handshake, as sent
};

/// Bytes of one outgoing message with room for its frame header in front, so that a fan-out to a
/// thousand connections stores it once. Immutable once made.
class Message {
 public:
  static std::shared_ptr<Message> make(MessageType type, std::string_view payload);
  MessageType type() const noexcept { return type_; }
  std::string_view payload() const noexcept;
  std::size_t size() const noexcept { return size_; }
  unsigned char* frame() noexcept;  // payload start, headroom before it; for net/ itself

 private:
  Message() = default;
  MessageType type_ = MessageType::Text;
  std::size_t size_ = 0;
  std::unique_ptr<unsigned char[]> bytes_;
};

class WebSocketListener {
 public:
  virtual ~WebSocketListener() = default;
  /// The handshake is done; messages may be sent. Client side only: a server's socket is born open.
  virtual void on_open() {}
  /// A whole message, fragments joined. `payload` is valid during the call; text is valid UTF-8.
  virtual void on_message(MessageType type, std::string_view payload) = 0;
  /// `count` more messages, oldest first, have left our queue for the system's socket buffer.
  virtual void on_sent(std::size_t count) { static_cast<void>(count); }
  /// A send() was answered Full and there is room again.
  virtual void on_drain() {}
  /// A WebSocket pong, or any other sign of life that is not a message.
  virtual void on_pong() {}
  /// The end, exactly once, and the last callback. The object stays until its owner destroys it.
  virtual void on_close(const CloseInfo& info) = 0;
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// Queues a message. Full when it would take the queue over its limit and the queue is not
  /// empty; Offline when the connection is not open or closing.
  virtual Offer send(MessageType type, std::string_view payload) = 0;
  /// The same without a copy. Server side only: a client masks its frames in place.
  virtual Offer send(const std::shared_ptr<Message>& message) = 0;

  /// Sends what is queued, then a close frame; on_close() follows with the peer's answer or after
  /// a few seconds without one. `reason` is cut to 123 bytes at a character boundary.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Drops the connection at once; on_close() with 1006 follows on a later lap of the loop.
  virtual void abort(std::string_view reason) = 0;
  /// Sends a WebSocket ping; on_pong() follows.
  virtual void ping() = 0;

  /// Stops and restarts reading: back-pressure onto the peer by TCP.
  virtual void pause_reading(bool paused) = 0;

  virtual bool is_open() const = 0;
  virtual std::size_t queued_messages() const = 0;
  virtual std::size_t queued_bytes() const = 0;
  /// "address:port" of the other end, empty when unknown.
  virtual std::string peer() const = 0;
};

}  // namespace webpubsub::net
