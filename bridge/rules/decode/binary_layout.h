// payload: binary with a layout: numbers at fixed places.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/rules/decode/decoder.h"

namespace gateway {

struct LayoutField {
  enum class Type : std::uint8_t { U8, I8, U16, I16, U24, I24, U32, I32, U64, I64, F32, F64, Text };
  enum class Endian : std::uint8_t { Little, Big };

  std::string name{};
  std::size_t offset = 0;
  Type type = Type::U8;
  Endian endian = Endian::Little;
  std::size_t length = 0;  // of a Text, in bytes; it ends before a NUL
  bool operator==(const LayoutField&) const = default;

  /// How many bytes it takes.
  std::size_t size() const noexcept;
};

/// A payload that is too short for a field is malformed; what follows the last one is not looked
/// at.
class BinaryLayout final : public Decoder {
 public:
  explicit BinaryLayout(std::vector<LayoutField> fields) : fields_(std::move(fields)) {}
  bool decode(const Message& message, Decoded& out, std::vector<DeviceRequest>& requests) override;

 private:
  std::vector<LayoutField> fields_;
};

}  // namespace gateway
