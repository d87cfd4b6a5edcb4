// payload: senml. Sensor Measurement Lists (RFC 8428), as JSON or CBOR.

#pragma once

#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/decode/document.h"

namespace gateway {

/// Each record is a reading of its own, resolved (RFC 8428, 4.6): `n` is the whole name, `u` the
/// unit, and the value `v`, `vs`, `vb` or `vd` stands with the base value added; so does the sum
/// `s`. The time is the reading's. Relative times count from the message's arrival.
class SenmlDecoder final : public Decoder {
 public:
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;

 private:
  Document pack_{};
  Arena arena_{};
  std::string json_{};  // of a pack in CBOR
};

}  // namespace gateway
