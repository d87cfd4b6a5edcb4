// What the service charges for a message.

#pragma once

#include <cstddef>
#include <cstdint>

namespace gateway {

/// The service bills what it delivers in units of 2 KB. Source: billing model of Azure Web PubSub.
constexpr std::uint64_t billable_units(std::size_t bytes) {
  constexpr std::size_t kUnit = 2'048;
  return bytes <= kUnit ? 1 : (bytes + kUnit - 1) / kUnit;
}

}  // namespace gateway
