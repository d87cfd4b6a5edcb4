// The devices' place in the bench: publishes readings to the broker at a steady rate.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/reading.h"
#include "bench/load/socket.h"

namespace gateway::bench {

struct PublisherOptions {
  std::uint16_t broker_port = 1883;
  std::size_t devices = 100;
  std::size_t sites = 10;  // device d is at site d % sites; each site is a group
  std::size_t payload_bytes = 256;
  unsigned qos = 0;  // or 1
};

/// One MQTT 3.1.1 connection for all devices, written from one thread at a time.
class Publisher {
 public:
  /// Connects and waits for the CONNACK. Errors: Io; Unauthorized when the broker refuses.
  static Result<Publisher> connect(const PublisherOptions& options);

  /// Publishes `per_second` readings, evenly spread in time, until `stop` is set.
  /// Errors: Io when the broker went away.
  Result<void> publish_paced(double per_second, const std::atomic<bool>& stop);

  /// Publishes as fast as the broker takes it with at most `window` readings on their way;
  /// `delivered` tells how many of this call's have arrived. Waits no longer than a second for one
  /// that does not, then counts it as lost and goes on.
  Result<void> publish_windowed(std::uint64_t window,
                                const std::function<std::uint64_t()>& delivered,
                                const std::atomic<bool>& stop);

  /// The sequence number of the next reading.
  std::uint32_t next_sequence() const noexcept { return sequence_; }

 private:
  Publisher(Socket socket, std::vector<ReadingPacket> packets)
      : socket_(std::move(socket)), packets_(std::move(packets)) {}
  Result<void> publish(std::uint64_t count);
  void discard_answers();

  Socket socket_;
  std::vector<ReadingPacket> packets_;  // by device
  std::uint32_t sequence_ = 0;
  std::string buffer_{};
};

}  // namespace gateway::bench
