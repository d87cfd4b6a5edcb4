// What becomes of a rule's readings when they cannot leave at once.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway {

/// Who keeps flowing when link, service or budget are too small for all.
enum class Priority : std::uint8_t { High, Normal, Low };
inline constexpr std::size_t kPriorities = 3;

enum class StoreMode : std::uint8_t {
  Memory,  // gone with the process
  Disk,    // kept before the broker hears that we have it
};

struct OfflineOptions {
  /// What there is no room for.
  enum class Overflow : std::uint8_t { DropOldest, DropNewest };

  std::uint64_t max_messages = 0;        // 0: as many as the memory or the store holds
  std::uint64_t max_bytes = 0;           // likewise
  std::chrono::milliseconds max_age{0};  // 0: however old
  Overflow overflow = Overflow::DropOldest;
  bool operator==(const OfflineOptions&) const = default;
};

struct ReplayOptions {
  bool live_first = true;  // what is fresh before what waited; else in order
  double rate = 200;       // batches a second of what waited
  bool operator==(const ReplayOptions&) const = default;
};

}  // namespace gateway
