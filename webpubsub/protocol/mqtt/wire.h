// The data types MQTT packets are made of (5.0, 1.5), read within bounds and written.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "webpubsub/protocol/mqtt/reason_code.h"

namespace webpubsub::mqtt {

inline constexpr std::uint32_t kMaxVariableInteger = 268'435'455;

/// Errc::Protocol, with the reason as `service_code`.
Error wire_error(ReasonCode reason, std::string_view message);

/// Reads from the front. After the first failure everything reads as empty, so that a caller asks
/// failed() once at the end of a stretch.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte();
  std::uint16_t two_bytes();
  std::uint32_t four_bytes();
  std::uint32_t variable_integer();
  std::string_view binary();
  /// UTF-8 without U+0000 (5.0, 1.5.4).
  std::string_view text();
  std::string_view take(std::size_t count);
  std::string_view take_rest();

  bool at_end() const noexcept { return rest_.empty(); }
  bool failed() const noexcept { return failure_.has_value(); }
  /// What went wrong first; only after failed().
  const Error& error() const { return *failure_; }
  void fail(std::string_view why, ReasonCode reason = ReasonCode::MalformedPacket);
  /// Takes over what went wrong in a part.
  void fail(const Error& error);

 private:
  std::string_view rest_;
  std::optional<Error> failure_;
};

void write_byte(std::string& out, std::uint8_t value);
void write_two_bytes(std::string& out, std::uint16_t value);
void write_four_bytes(std::string& out, std::uint32_t value);
void write_variable_integer(std::string& out, std::uint32_t value);
/// A length of two bytes, then the bytes: texts and binary data alike.
void write_binary(std::string& out, std::string_view value);

}  // namespace webpubsub::mqtt
