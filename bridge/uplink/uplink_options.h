// What bounds and paces the uplink as a whole.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "bridge/uplink/governor.h"

namespace gateway {

struct UplinkOptions {
  double pace = 1000;                        // frames per second aimed at
  std::size_t max_bytes = 64 * 1024 * 1024;  // of readings held in memory, all stages together
  std::size_t max_batches = 10'000;          // waiting in the outbox; then the oldest is dropped
  std::size_t window = 64;                   // acknowledged batches in flight
  RateLimits rate_limit{};

  /// Of the ceiling: for what arrives, what is being batched, and each kind of what waits, as
  /// batches or as it came. The five leave a sixteenth for spare buffers.
  std::size_t share() const noexcept { return max_bytes / 16 * 3; }
  std::size_t spare() const noexcept { return max_bytes / 16; }
  /// What the governor allows in any case is not aimed beyond.
  double effective_pace() const noexcept {
    return rate_limit.frames > 0 && rate_limit.frames < pace ? rate_limit.frames : pace;
  }
};

}  // namespace gateway
