// The wire form of WebSocket messages, a server's side of it (RFC 6455, section 5).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/websocket.h"

namespace webpubsub::net {

enum class Opcode : std::uint8_t {
  Continuation = 0x0,
  Text = 0x1,
  Binary = 0x2,
  Close = 0x8,
  Ping = 0x9,
  Pong = 0xA,
};

inline constexpr std::size_t kMaxFrameHeader = 10;  // of an unmasked frame
inline constexpr std::size_t kMaxControlPayload = 125;
inline constexpr std::size_t kMaxCloseReason = kMaxControlPayload - 2;

/// Bytes the header of an unmasked frame with this payload takes: 2, 4 or 10.
std::size_t frame_header_size(std::size_t payload) noexcept;
/// Writes that header at `at`: a whole message in one frame.
void write_frame_header(unsigned char* at, Opcode opcode, std::size_t payload) noexcept;

struct FrameHeader {
  bool final = false;
  Opcode opcode = Opcode::Text;
  std::uint64_t payload = 0;
  unsigned char mask[4] = {};
  std::size_t size = 0;  // of the header itself
};

/// Why a peer's frame is refused: how the connection is to be closed.
struct FrameFault {
  std::uint16_t code = close_code::kProtocolError;
  std::string_view reason{};
};

/// Reads the header a client's frame starts with. True: `header` is filled; false: more bytes are
/// needed. Sets `fault` for what a client may not send.
bool read_frame_header(std::string_view bytes, FrameHeader& header,
                       std::optional<FrameFault>& fault) noexcept;

void unmask(unsigned char* bytes, std::size_t count, const unsigned char (&mask)[4]) noexcept;

/// The payload of a close frame; `reason` is cut to what fits.
std::string close_payload(std::uint16_t code, std::string_view reason);

struct CloseFrame {
  std::uint16_t code = close_code::kNoStatus;
  std::string_view reason{};
};
std::optional<CloseFrame> read_close_payload(std::string_view payload,
                                             std::optional<FrameFault>& fault) noexcept;

}  // namespace webpubsub::net
