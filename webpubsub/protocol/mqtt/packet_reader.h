// Cuts a stream of bytes into MQTT packets: WebSocket frames need not end where packets do
// (5.0, 6.0-3).

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace webpubsub::mqtt {

class PacketReader {
 public:
  /// Holds at most `max_packet_size` bytes of an unfinished packet, and what the last feed() gave.
  explicit PacketReader(std::size_t max_packet_size) : max_packet_size_(max_packet_size) {}

  void feed(std::string_view bytes);

  /// The next whole packet, valid until feed(); nothing while it is incomplete.
  /// Errors: Protocol, as soon as a header cannot be right or announces too large a packet, with
  /// the ReasonCode as `service_code`. The stream is of no use after that.
  Result<std::optional<std::string_view>> next();

  /// What next() has not given away; the reader is empty after that.
  std::string take_rest();

  std::size_t buffered() const noexcept { return buffer_.size() - taken_; }

 private:
  std::size_t max_packet_size_;
  std::string buffer_;
  std::size_t taken_ = 0;  // bytes at the front that next() has given away
};

}  // namespace webpubsub::mqtt
