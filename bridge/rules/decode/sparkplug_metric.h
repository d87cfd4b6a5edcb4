// The values of Sparkplug metrics as JSON.

#pragma once

#include <cstdint>

#include "bridge/rules/decode/json_builder.h"
#include "sparkplug_b.pb.h"

namespace gateway {

inline constexpr std::uint32_t kSparkplugBoolean = 11;

/// Appends the value of `metric`, which is of type `datatype`, 0 if nobody knows: integers with a
/// sign travel as if they had none. Data sets become arrays of objects, templates objects. False
/// for text that is not UTF-8 and for too many levels.
[[nodiscard]] bool append_sparkplug_value(JsonBuilder& json, const sparkplug::Metric& metric,
                                          std::uint32_t datatype);

}  // namespace gateway
