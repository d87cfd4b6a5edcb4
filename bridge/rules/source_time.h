// time: when a reading was taken, as the device says, and how far its clock seems to be off.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "bridge/rules/select/pointer.h"

namespace gateway {

struct TimeOptions {
  enum class Source : std::uint8_t {
    Format,   // what the payload's format says, if it says anything; else arrival
    Arrival,  // always
    Field,    // `at`
  };
  Source source = Source::Format;
  Pointer at{};
  std::chrono::milliseconds max_skew{std::chrono::minutes(5)};  // 0: never marked
  bool operator==(const TimeOptions&) const = default;
};

struct SourceTime {
  std::int64_t time = 0;  // milliseconds since the Unix epoch
  std::int64_t skew = 0;  // against arrival, where it is more than max_skew; else 0
};

/// For `explain`: "2026-11-21T16:00:00.500Z", and how far off where that is marked.
std::string to_string(const SourceTime& time);

/// `formatted` is what the payload's format says. What is not there, or no time, is the arrival.
SourceTime source_time(const TimeOptions& options, const Document& document,
                       std::optional<std::int64_t> formatted, std::int64_t arrival, Arena& arena);

}  // namespace gateway
