// Until when a command is good, on a clock that may be wrong.
//
// A gateway without a battery-backed clock wakes up years ago, and one that has not heard of its
// time server for long is off by minutes. So a time is believed only as far as it can be: a clock
// that is behind when the command was sent is caught by the sender's own stamp, an absurd one is
// not asked at all, and once a command is accepted only the steady clock counts.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "bridge/downlink/json_lookup.h"

namespace gateway {

struct DeadlineValues {
  const JsonValue* at = nullptr;        // a time, see parse_timestamp(); nullptr: not configured
  const JsonValue* issued = nullptr;    // likewise
  const JsonValue* lifetime = nullptr;  // in seconds; nullptr: not configured
  std::chrono::milliseconds tolerance{0};
};

/// How long the command is good for from now on, more than nothing; nothing when it has expired,
/// or nobody can tell that it has not.
std::optional<std::chrono::milliseconds> time_left(const DeadlineValues& values,
                                                   webpubsub::WallTime now);

}  // namespace gateway
