// Times as devices write them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/rules/value.h"

namespace gateway {

/// Milliseconds since the Unix epoch of a number in s, ms, us or ns, whichever makes it a time
/// between 1973 and 5138, of the same as text, or of an RFC 3339 time. Nothing for anything else.
std::optional<std::int64_t> parse_timestamp(const Value& value);

/// "2026-11-21T16:00:00.500Z". `milliseconds` is a time of the years 0 to 9999.
std::string format_timestamp(std::int64_t milliseconds);

}  // namespace gateway
