// What becomes of a rule's readings when they cannot leave at once.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gateway {

/// Who keeps flowing when link, service or budget are too small for all.
enum class Priority : std::uint8_t { High, Normal, Low };
inline constexpr std::size_t kPriorities = 3;

enum class StoreMode : std::uint8_t {
  Memory,  // gone with the process
  Disk,    // kept before the broker hears that we have it
};

struct OfflineOptions {
  /// What waits of a rule in memory, and in which order it leaves.
  enum class Keep : std::uint8_t {
    Batches,  // all, as the batches they were made into
    Latest,   // of each key
    OldestFirst,
    NewestFirst,
    None,
  };
  /// What there is no room for.
  enum class Overflow : std::uint8_t {
    DropOldest,
    DropNewest,
    Latest,  // an older one with the same key, or else the oldest
    Block,   // nothing goes: the broker keeps what comes, until there is room
  };

  Keep keep = Keep::Batches;
  std::string per{};                     // as ReadingKey has it, without pointers; of keys
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
