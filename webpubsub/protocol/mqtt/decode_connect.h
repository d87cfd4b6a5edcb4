// The packet that opens a connection, which says its version itself.

#pragma once

#include "webpubsub/protocol/mqtt/packets.h"
#include "webpubsub/protocol/mqtt/wire.h"

namespace webpubsub::mqtt {

/// Reads CONNECT from behind its fixed header.
/// Errors: Protocol; `service_code` is the ReasonCode of the CONNACK that refuses it,
/// UnsupportedProtocolVersion when that is why.
Result<Packet> decode_connect(WireReader& in);

}  // namespace webpubsub::mqtt
