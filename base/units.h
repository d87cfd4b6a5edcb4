// Durations, sizes and rates as people write them: "50ms", "64KiB", "1000/s".

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace webpubsub {

/// A whole number and a unit: us, ms, s, m, h, d. A bare "0" needs no unit.
/// Errors: InvalidArgument, with what would be right.
Result<std::chrono::microseconds> parse_duration(std::string_view text);

/// A whole number and a unit: B, kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024).
/// Errors: InvalidArgument, with what would be right.
Result<std::uint64_t> parse_size(std::string_view text);

/// Events per second, written "20/s", "100/m" or "5/h"; decimals allowed.
/// Errors: InvalidArgument, with what would be right.
Result<double> parse_rate(std::string_view text);

/// The shortest exact spelling: 1500 ms is "1500ms", 2000 ms is "2s".
std::string format_duration(std::chrono::microseconds duration);
/// To the two largest units, for people: 90.4 s is "1m 30s", 12345 ms is "12s", 80 ms is "80ms".
std::string rough_duration(std::chrono::microseconds duration);
/// The shortest exact spelling: 65536 is "64KiB", 1000000 is "1MB", 1001 is "1001B".
std::string format_size(std::uint64_t bytes);
std::string format_rate(double per_second);

}  // namespace webpubsub
