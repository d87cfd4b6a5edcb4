// The readings the bench publishes: JSON of one size, stamped so that the sink can recognise them.
//
// The stamp is text of fixed width in the first members. Every gateway under test keeps it byte
// for byte, whether it copies payloads or parses and writes them again.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::bench {

/// Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share.
std::int64_t monotonic_ns() noexcept;

struct Stamp {
  std::int64_t sent_ns = 0;
  std::uint32_t sequence = 0;  // from 0, counts over all devices
};

/// One device's MQTT 3.1.1 PUBLISH packet, encoded once and stamped for each send.
class ReadingPacket {
 public:
  /// `payload_bytes` is the size of the JSON text, at least 128. With `qos` 1 the packet identifier
  /// follows from the sequence number.
  ReadingPacket(std::string_view topic, std::string_view device, std::size_t payload_bytes,
                unsigned qos);

  void stamp(Stamp stamp) noexcept;
  std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_{};
  std::size_t id_at_ = 0;  // 0: QoS 0 has none
  std::size_t sent_at_ = 0;
  std::size_t sequence_at_ = 0;
};

/// The next stamp in `text`, which is cut to what follows it; nothing when there is no more.
std::optional<Stamp> next_stamp(std::string_view& text) noexcept;

}  // namespace gateway::bench
