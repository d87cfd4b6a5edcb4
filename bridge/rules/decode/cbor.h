// payload: cbor (RFC 8949).

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/rules/decode/decoder.h"

namespace gateway {

class CborDecoder final : public Decoder {
 public:
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;
};

/// What a map's key that is a number is called; empty for one that has no name.
using CborLabel = std::string_view (*)(std::int64_t number);

/// Appends the one CBOR item that `bytes` holds as JSON: byte strings as base64, tags left out,
/// what JSON has no word for as null. Numbers that are keys become text where `label` does not name
/// them. False for anything else, keys of other kinds, text that is not UTF-8, too many levels.
[[nodiscard]] bool append_cbor(std::string& out, std::string_view bytes, CborLabel label = nullptr);

}  // namespace gateway
