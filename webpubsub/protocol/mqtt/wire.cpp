#include "webpubsub/protocol/mqtt/wire.h"

#include <utility>

#include "net/utf8.h"

namespace webpubsub::mqtt {
namespace {

constexpr unsigned kBitsOfAByte = 8;
constexpr unsigned kBitsOfALength = 7;  // of a byte of a variable integer
constexpr std::uint8_t kMoreFollows = 0x80;
constexpr unsigned kLongestVariableInteger = 4;

}  // namespace

Error wire_error(ReasonCode reason, std::string_view message) {
  return Error{Errc::Protocol, "MQTT: " + std::string(message), static_cast<int>(reason)};
}

void WireReader::fail(std::string_view why, ReasonCode reason) {
  if (!failure_) fail(wire_error(reason, why));
}

void WireReader::fail(const Error& error) {
  if (!failure_) failure_ = error;
  rest_ = {};
}

std::string_view WireReader::take(std::size_t count) {
  if (count > rest_.size()) {
    fail("the packet ends too early");
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::string_view WireReader::take_rest() { return std::exchange(rest_, {}); }

std::uint8_t WireReader::byte() {
  const std::string_view taken = take(1);
  return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
}

std::uint16_t WireReader::two_bytes() {
  const unsigned high = byte();
  return static_cast<std::uint16_t>((high << kBitsOfAByte) | byte());
}

std::uint32_t WireReader::four_bytes() {
  const std::uint32_t high = two_bytes();
  return (high << (2 * kBitsOfAByte)) | two_bytes();
}

std::uint32_t WireReader::variable_integer() {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < kLongestVariableInteger; ++i) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint32_t>(next & ~kMoreFollows) << (kBitsOfALength * i);
    if ((next & kMoreFollows) != 0) continue;
    if (i > 0 && next == 0) fail("a length has more bytes than it needs");
    return value;
  }
  fail("a length has more than four bytes");
  return 0;
}

std::string_view WireReader::binary() { return take(two_bytes()); }

std::string_view WireReader::text() {
  const std::string_view value = binary();
  if (net::is_valid_utf8(value) && value.find('\0') == std::string_view::npos) return value;
  fail("a text is not UTF-8, or holds a NUL");
  return {};
}

void write_byte(std::string& out, std::uint8_t value) { out.push_back(static_cast<char>(value)); }

void write_two_bytes(std::string& out, std::uint16_t value) {
  write_byte(out, static_cast<std::uint8_t>(value >> kBitsOfAByte));
  write_byte(out, static_cast<std::uint8_t>(value));
}

void write_four_bytes(std::string& out, std::uint32_t value) {
  write_two_bytes(out, static_cast<std::uint16_t>(value >> (2 * kBitsOfAByte)));
  write_two_bytes(out, static_cast<std::uint16_t>(value));
}

void write_variable_integer(std::string& out, std::uint32_t value) {
  while (value >= kMoreFollows) {
    write_byte(out, static_cast<std::uint8_t>(value | kMoreFollows));
    value >>= kBitsOfALength;
  }
  write_byte(out, static_cast<std::uint8_t>(value));
}

void write_binary(std::string& out, std::string_view value) {
  write_two_bytes(out, static_cast<std::uint16_t>(value.size()));
  out.append(value);
}

}  // namespace webpubsub::mqtt
