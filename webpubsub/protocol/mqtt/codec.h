// MQTT packets from and to bytes. Pure: no state, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::mqtt {

/// The most a packet can have (5.0, 2.1.4): 256 MiB less one byte, and its header.
inline constexpr std::size_t kMaxPacketSize = 268'435'455 + 5;

/// Appends the packet to `out`. The packet must keep to its standard: no text above 65,535 bytes,
/// packet ids that are not 0, properties its type allows, not above kMaxPacketSize. For 3.1.1 an
/// AUTH packet appends nothing.
void encode(const Packet& packet, Version version, std::string& out);

/// Takes apart one whole packet, header included (PacketReader cuts them out of a stream). A
/// CONNECT says its version itself, `version` is for all others.
/// Errors: Protocol; `service_code` is the ReasonCode a 5.0 peer is told when we hang up on it.
Result<Packet> decode(std::string_view packet, Version version);

}  // namespace webpubsub::mqtt
