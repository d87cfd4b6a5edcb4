// What waits of the rules, for people who want to see it.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

enum class QueuePlace : std::uint8_t { Memory, Disk, Quarantine };

struct QueueFigures {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::chrono::milliseconds oldest_age{};
};

struct RuleQueues {
  std::string rule{};
  bool removed = false;   // not in the configuration any more
  QueueFigures memory{};  // in batches, or as `offline` says
  QueueFigures disk{};    // forgotten when the service has them
};

/// A reading that waits, or a batch in quarantine. Valid during the call.
struct WaitingItem {
  std::uint64_t number = 0;  // in its place; rising
  std::int64_t time = 0;     // milliseconds since the Unix epoch
  std::string_view rule{};
  std::string_view topic{};  // of a reading
  std::string_view group{};  // of a batch
  std::string_view payload{};
  std::uint8_t qos = 0;
  bool retained = false;
  std::uint64_t samples = 1;
};

}  // namespace gateway
