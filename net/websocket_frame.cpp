#include "net/websocket_frame.h"

#include <cstring>

#include "net/utf8.h"

namespace webpubsub::net {

namespace {

constexpr unsigned char kFinalBit = 0x80;
constexpr unsigned char kReservedBits = 0x70;
constexpr unsigned char kOpcodeBits = 0x0F;
constexpr unsigned char kMaskBit = 0x80;
constexpr unsigned char kLengthBits = 0x7F;
constexpr unsigned char kTwoByteLength = 126;
constexpr unsigned char kEightByteLength = 127;
constexpr std::size_t kMaskSize = 4;

void write_big_endian(unsigned char* at, std::uint64_t value, std::size_t bytes) noexcept {
  for (std::size_t i = 0; i < bytes; ++i) {
    at[i] = static_cast<unsigned char>(value >> (8 * (bytes - 1 - i)));
  }
}

std::uint64_t read_big_endian(const unsigned char* at, std::size_t bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | at[i];
  return value;
}

bool is_known(unsigned char opcode) noexcept {
  return opcode <= static_cast<unsigned char>(Opcode::Binary) ||
         (opcode >= static_cast<unsigned char>(Opcode::Close) &&
          opcode <= static_cast<unsigned char>(Opcode::Pong));
}

bool is_control(Opcode opcode) noexcept { return opcode >= Opcode::Close; }

// Codes that may travel: RFC 6455, section 7.4, and the IANA registry (1012 to 1014).
bool may_travel(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

std::size_t frame_header_size(std::size_t payload) noexcept {
  if (payload < kTwoByteLength) return 2;
  return payload <= 0xFFFF ? 4 : kMaxFrameHeader;
}

void write_frame_header(unsigned char* at, Opcode opcode, std::size_t payload) noexcept {
  at[0] = static_cast<unsigned char>(kFinalBit | static_cast<unsigned char>(opcode));
  switch (frame_header_size(payload)) {
    case 2:
      at[1] = static_cast<unsigned char>(payload);
      break;
    case 4:
      at[1] = kTwoByteLength;
      write_big_endian(at + 2, payload, 2);
      break;
    default:
      at[1] = kEightByteLength;
      write_big_endian(at + 2, payload, 8);
  }
}

bool read_frame_header(std::string_view bytes, FrameHeader& header,
                       std::optional<FrameFault>& fault) noexcept {
  if (bytes.size() < 2) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto refuse = [&](std::string_view reason) {
    fault = FrameFault{close_code::kProtocolError, reason};
    return false;
  };
  if ((at[0] & kReservedBits) != 0) return refuse("reserved bit set");
  if (!is_known(at[0] & kOpcodeBits)) return refuse("unknown opcode");
  if ((at[1] & kMaskBit) == 0) return refuse("frame not masked");
  header.final = (at[0] & kFinalBit) != 0;
  header.opcode = static_cast<Opcode>(at[0] & kOpcodeBits);

  const unsigned char length = at[1] & kLengthBits;
  if (is_control(header.opcode) && (!header.final || length > kMaxControlPayload)) {
    return refuse("control frame fragmented or too long");
  }
  std::size_t length_bytes = 0;
  if (length == kTwoByteLength) length_bytes = 2;
  if (length == kEightByteLength) length_bytes = 8;
  header.size = 2 + length_bytes + kMaskSize;
  if (bytes.size() < header.size) return false;
  header.payload = length_bytes == 0 ? length : read_big_endian(at + 2, length_bytes);
  if (header.payload >> 63U != 0) return refuse("frame length out of range");
  std::memcpy(header.mask, at + 2 + length_bytes, kMaskSize);
  return true;
}

void unmask(unsigned char* bytes, std::size_t count, const unsigned char (&mask)[4]) noexcept {
  std::uint64_t wide = 0;
  std::memcpy(&wide, mask, kMaskSize);
  std::memcpy(reinterpret_cast<unsigned char*>(&wide) + kMaskSize, mask, kMaskSize);
  std::size_t i = 0;
  for (; count - i >= sizeof(wide); i += sizeof(wide)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, sizeof(eight));
    eight ^= wide;
    std::memcpy(bytes + i, &eight, sizeof(eight));
  }
  for (; i < count; ++i) bytes[i] = static_cast<unsigned char>(bytes[i] ^ mask[i % kMaskSize]);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  if (code == close_code::kNoStatus) return {};
  std::string payload(2, '\0');
  write_big_endian(reinterpret_cast<unsigned char*>(payload.data()), code, 2);
  payload += cut_utf8(reason, kMaxCloseReason);
  return payload;
}

std::optional<CloseFrame> read_close_payload(std::string_view payload,
                                             std::optional<FrameFault>& fault) noexcept {
  if (payload.empty()) return CloseFrame{};
  if (payload.size() == 1) {
    fault = FrameFault{close_code::kProtocolError, "close code cut short"};
    return std::nullopt;
  }
  CloseFrame frame;
  frame.code = static_cast<std::uint16_t>(
      read_big_endian(reinterpret_cast<const unsigned char*>(payload.data()), 2));
  frame.reason = payload.substr(2);
  if (!may_travel(frame.code)) {
    fault = FrameFault{close_code::kProtocolError, "close code not allowed"};
    return std::nullopt;
  }
  if (!is_valid_utf8(frame.reason)) {
    fault = FrameFault{close_code::kInvalidPayload, "close reason is not UTF-8"};
    return std::nullopt;
  }
  return frame;
}

}  // namespace webpubsub::net
