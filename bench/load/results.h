// What arrived, how late: written by the sink's thread, read by the others.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "bench/load/reading.h"

namespace gateway::bench {

struct Summary {
  std::uint64_t delivered = 0;   // different readings
  std::uint64_t duplicates = 0;  // the same one again
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;  // of WebSocket messages
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  std::int64_t first_ns = 0;  // when the first and the last reading arrived
  std::int64_t last_ns = 0;
};

class Results {
 public:
  /// Forgets everything, and takes readings from `first_sequence` on as its own.
  void reset(std::uint32_t first_sequence);

  /// One message of the gateway, received at `now_ns`. The sink's thread only.
  void count_message(std::string_view payload, std::int64_t now_ns);

  /// Readings delivered since the reset; for the publisher's window. Any thread, no lock.
  std::uint64_t delivered() const noexcept { return delivered_.load(std::memory_order_relaxed); }
  std::int64_t first_ns() const;
  Summary summary() const;

 private:
  void count(Stamp stamp, std::int64_t now_ns);

  mutable std::mutex mutex_{};
  std::uint32_t first_sequence_ = 0;
  std::vector<bool> seen_{};                   // by sequence
  std::vector<std::uint32_t> latencies_us_{};  // in order of arrival
  Summary summary_{};
  std::atomic<std::uint64_t> delivered_{0};
};

}  // namespace gateway::bench
