// How a command can end. Each one ends in exactly one outcome, and is counted there.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

enum class Outcome : std::uint8_t {
  Delivered,  // the broker has it (QoS 0: it was sent), and no reply was asked for
  Replied,    // the device replied in time
  Rejected,   // not ours to carry out: nothing was published
  Expired,    // its deadline had passed: nothing was published
  TimedOut,   // published, and no reply came in time
  Duplicate,  // its id was carried out before: nothing was published
  Failed,     // ours, but the broker did not take it
};
inline constexpr std::size_t kOutcomes = 7;

/// Why a command was rejected or failed.
enum class Reason : std::uint8_t {
  None,
  // rejected
  Malformed,    // said to be JSON and is not
  TooLarge,     // larger than a message, or than its rule allows
  Unmatched,    // no command rule is meant for it
  RateLimited,  // its rule, or its sender, has used up its rate
  BadArgument,  // an argument is missing, of the wrong type or out of range
  BadValue,     // what topic, payload or id are made of is missing or unfit
  NotAllowed,   // the rule does not allow the topic it leads to
  DryRun,       // all of it is right, and its rule only tries
  // failed
  Busy,     // too many commands are under way
  Offline,  // no connection to the broker, or it ended before the answer
  Refused,  // the broker does not take it
  Stopped,  // the gateway stopped, or its rule went, before the end was known
};
inline constexpr std::size_t kReasons = 13;

/// "delivered", "timed_out", ...: the label of logs and metrics.
std::string_view to_string(Outcome outcome) noexcept;
/// "malformed", "rate_limited", ...; empty for None.
std::string_view to_string(Reason reason) noexcept;

struct CommandEnd {
  Outcome outcome = Outcome::Rejected;
  Reason reason = Reason::None;
  bool operator==(const CommandEnd&) const = default;
};

inline CommandEnd rejected(Reason reason) { return {Outcome::Rejected, reason}; }
inline CommandEnd failed(Reason reason) { return {Outcome::Failed, reason}; }

/// "rejected (not_allowed)", "delivered".
std::string to_text(const CommandEnd& end);

struct OutcomeCounts {
  std::array<std::uint64_t, kOutcomes> by_outcome{};
  std::array<std::uint64_t, kReasons> by_reason{};  // of the rejected and the failed
  std::uint64_t pending = 0;                        // their end still to come

  std::uint64_t of(Outcome outcome) const { return by_outcome[static_cast<std::size_t>(outcome)]; }
  std::uint64_t of(Reason reason) const { return by_reason[static_cast<std::size_t>(reason)]; }
  void add(const CommandEnd& end) {
    ++by_outcome[static_cast<std::size_t>(end.outcome)];
    if (end.reason != Reason::None) ++by_reason[static_cast<std::size_t>(end.reason)];
  }
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
  std::uint64_t late_replies = 0;     // of devices, that nobody waits for any more or ever did
  std::uint64_t refused_replies = 0;  // too many or too large to be looked at
  std::uint64_t forgotten_ids = 0;    // that made room for newer ones before their time
  std::uint64_t answers_sent = 0;     // taken by the service
  std::uint64_t answers_expired = 0;  // too old when the link was back
  std::uint64_t answers_dropped = 0;  // too many waited, or the service does not take them
  std::uint64_t answers_waiting = 0;
};

}  // namespace gateway
