// One client's byte stream, taken apart: the upgrade request, then WebSocket messages.
//
// No sockets here: bytes go in, messages come out. It shares no code with the gateway, so that
// what is measured cannot agree with what measures it about a mistake.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::bench {

/// The answer to a complete upgrade request, which repeats the subprotocol offered.
/// Nothing when `request` is no upgrade to a WebSocket. Source: RFC 6455, 4.2.2.
std::optional<std::string> upgrade_answer(std::string_view request);

/// A server's frame, whole and unmasked. Source: RFC 6455, 5.2.
enum class Opcode : std::uint8_t {
  Continuation = 0,
  Text = 1,
  Binary = 2,
  Close = 8,
  Ping = 9,
  Pong = 10
};
std::string server_frame(Opcode opcode, std::string_view payload);

class WebSocketStream {
 public:
  using OnMessage = std::function<void(Opcode opcode, std::string_view payload)>;

  /// Room for the next bytes of the stream, at least `size` of them; received() says how many came.
  char* room_for(std::size_t size);
  void received(std::size_t size) { end_ += size; }
  /// Calls `on_message` for every message or control frame that is now complete.
  void take_messages(const OnMessage& on_message);

  /// What came so far and was not taken; the upgrade request is read from here.
  std::string_view pending() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }
  void take(std::size_t size) { begin_ += size; }

 private:
  bool take_frame(const OnMessage& on_message);
  void deliver(bool final, Opcode opcode, std::string_view payload, const OnMessage& on_message);

  std::string buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string fragments_{};
  Opcode fragmented_ = Opcode::Continuation;
};

}  // namespace gateway::bench
