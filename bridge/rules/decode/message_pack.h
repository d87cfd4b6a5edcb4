// payload: msgpack.

#pragma once

#include "bridge/rules/decode/decoder.h"

namespace gateway {

/// Byte strings become base64, timestamps milliseconds since the Unix epoch, keys that are numbers
/// text. Other extensions, other keys, text that is not UTF-8 and more than
/// webpubsub::kMaxJsonDepth levels are malformed.
class MessagePackDecoder final : public Decoder {
 public:
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;
};

}  // namespace gateway
