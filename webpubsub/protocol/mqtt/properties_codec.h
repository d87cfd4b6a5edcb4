// Properties from and to bytes, by one table of what the standard says of each (5.0, 2.2.2.2).

#pragma once

#include <cstdint>
#include <string>

#include "webpubsub/protocol/mqtt/packets.h"
#include "webpubsub/protocol/mqtt/wire.h"

namespace webpubsub::mqtt {

/// Where properties stand: a bit for each packet type, and one for the will inside CONNECT.
using PropertyPlace = std::uint32_t;
constexpr PropertyPlace place_of(PacketType type) noexcept {
  return PropertyPlace{1} << static_cast<unsigned>(type);
}
inline constexpr PropertyPlace kWillPlace = 1;

/// Appends their length and then the properties.
void write_properties(const Properties& properties, std::string& out);

/// Reads a length and that many bytes of properties. They are malformed, not allowed at this place
/// or told twice when `in` has failed afterwards.
Properties read_properties(WireReader& in, PropertyPlace place);

}  // namespace webpubsub::mqtt
