// The books of the uplink: each reading a rule received stands in exactly one column.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/figures.h"
#include "bridge/uplink/governor.h"

namespace gateway {

enum class DropReason : std::uint8_t {
  Malformed,      // not the JSON or UTF-8 text its rule says it is
  NoFields,       // nothing of what its rule selects is in it
  Unconvertible,  // a field is not what its rule's conversion needs
  TooLarge,       // would not fit into one message of the service
  InvalidGroup,   // its topic filled the group's template with what is no group name
  InboxFull,      // came faster than the loop could take it
  OutboxFull,     // waited for the service until the memory for waiting was used up; oldest first
  Rejected,       // the service refused it for good
  StoreFull,      // waited on disk until its rule's limits or the store's were reached
  Expired,        // waited for longer than its rule lets it
  Lost,           // was on disk and cannot be read any more
  Poison,         // ended the connection each time it was sent
  Failed,         // the service answered with an error each time it was sent
  JqFailed,       // its rule's jq program failed on it, or took too long or too much
  TooMany,        // more readings than one message may hold
  Late,           // of a time whose window was told already
  WindowFull,     // its rule's windows hold as many keys as they may
  Offline,        // the service was away, and its rule keeps none
  OfflineFull,    // waited in memory until its rule's limits or those of all rules were reached
  Superseded,     // waited in memory until a later one of its key came
  Purged,         // an operator threw it away
  Stopped,        // still pending when the gateway's time to stop was over
};
inline constexpr std::size_t kDropReasons = 22;

/// Why a rule left a reading out, as it was told to.
enum class FilterReason : std::uint8_t {
  Retained,  // the broker had kept it, and the rule ignores those
  Where,     // its condition did not hold
  Thin,      // it said too little new
  Empty,     // a message that holds no reading
};
inline constexpr std::size_t kFilterReasons = 4;

/// As metrics and logs spell it: "inbox_full".
std::string_view to_string(DropReason reason) noexcept;
std::string_view to_string(FilterReason reason) noexcept;

/// received = forwarded + filtered + dropped + pending, at every moment.
struct RuleCounts {
  std::string rule{};
  bool acknowledged = false;  // how it sends
  bool durable = false;       // what it receives is on disk first
  bool removed = false;       // not in the configuration any more
  bool refused = false;       // for want of a role, the service says; kept and tried now and then
  std::uint64_t received = 0;
  std::uint64_t forwarded = 0;
  std::array<std::uint64_t, kFilterReasons> filtered{};
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::uint64_t pending = 0;  // counted where the readings are, not worked out from the rest

  std::uint64_t restored = 0;  // of those received, found on disk at the start
  std::uint64_t on_disk = 0;   // of those pending, would survive the process

  std::uint64_t frames = 0;  // forwarded batches
  std::uint64_t bytes = 0;   // of them

  std::uint64_t dropped_total() const {
    return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
  }
  std::uint64_t filtered_total() const {
    return std::accumulate(filtered.begin(), filtered.end(), std::uint64_t{0});
  }
  bool adds_up() const {
    return received == forwarded + filtered_total() + dropped_total() + pending;
  }
  /// Adds the columns of `other`.
  void add(const RuleCounts& other);
};

struct UplinkCounts {
  std::vector<RuleCounts> rules{};
  std::uint64_t messages = 0;       // that the broker sent
  std::uint64_t unmatched = 0;      // messages that no rule asked for
  std::uint64_t frames_resent = 0;  // sends that failed and were put back
  std::uint64_t answers = 0;  // to sends, good or bad; neither the end of a connection nor silence
  bool has_due = false;       // batches that wait for nothing but the link and the service
  Unanswered unanswered{};    // batches with the link or the service
  std::uint64_t topic_cache_resets = 0;
  std::uint64_t inbox_messages = 0;
  std::size_t inbox_bytes = 0;
  std::size_t inbox_max_bytes = 0;
  std::uint64_t batch_messages = 0;  // in open batches
  std::size_t batch_bytes = 0;
  std::size_t batch_max_bytes = 0;
  std::size_t outbox_batches = 0;
  std::size_t outbox_bytes = 0;
  std::size_t outbox_max_batches = 0;
  std::size_t outbox_max_bytes = 0;
  std::uint64_t offline_messages = 0;  // of live rules that say how to wait
  std::size_t offline_bytes = 0;       // what they take of the process
  std::size_t offline_max_bytes = 0;
  std::uint64_t spool_messages = 0;  // on disk
  std::uint64_t spool_bytes = 0;
  std::uint64_t spool_max_bytes = 0;
  GateFigures gate{};
  // How long the oldest reading has been there.
  std::chrono::milliseconds inbox_age{};
  std::chrono::milliseconds batch_age{};
  std::chrono::milliseconds outbox_age{};
  std::chrono::milliseconds offline_age{};
  std::chrono::milliseconds spool_age{};
};

}  // namespace gateway
