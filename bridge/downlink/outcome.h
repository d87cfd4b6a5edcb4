// How a command can end. Each one ends in exactly one of these, and is counted there.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

enum class Outcome : std::uint8_t {
  Delivered,   // the broker has it (QoS 0: it was sent)
  Malformed,   // rejected: said to be JSON and is not
  TooLarge,    // rejected: larger than a message may be
  Unmatched,   // rejected: no command rule is meant for it
  BadValue,    // rejected: what the rule takes from it is missing or unfit for a topic
  NotAllowed,  // rejected: the rule does not allow the topic it leads to
  Offline,     // failed: no connection to the broker, or it ended before the answer
  Full,        // failed: too many messages wait for the broker
  Refused,     // failed: the broker does not take it
};
inline constexpr std::size_t kOutcomes = 9;

/// "delivered", "malformed", "too_large", ...: the label of logs and metrics.
std::string_view to_string(Outcome outcome) noexcept;

struct OutcomeCounts {
  std::array<std::uint64_t, kOutcomes> by_outcome{};
  std::uint64_t pending = 0;  // with the broker, its answer still to come

  std::uint64_t of(Outcome outcome) const { return by_outcome[static_cast<std::size_t>(outcome)]; }
  void add(Outcome outcome) { ++by_outcome[static_cast<std::size_t>(outcome)]; }
};

struct DownlinkCounters {
  struct Rule {
    std::string name{};
    OutcomeCounts counts{};
  };
  std::uint64_t received = 0;  // always the sum of total's outcomes and pending
  std::uint64_t billable = 0;  // units of the service that receiving them cost
  OutcomeCounts total{};
  // Those configured, and up to a hundred that were removed; what no rule was found for is in
  // `total` only.
  std::vector<Rule> rules{};
};

}  // namespace gateway
