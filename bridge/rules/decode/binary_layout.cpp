#include "bridge/rules/decode/binary_layout.h"

#include <bit>

#include "bridge/rules/decode/json_builder.h"

namespace gateway {

namespace {

using Type = LayoutField::Type;

std::uint64_t bits_of(std::string_view bytes, LayoutField::Endian endian) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto at = endian == LayoutField::Endian::Big ? i : bytes.size() - 1 - i;
    bits = bits << 8U | static_cast<unsigned char>(bytes[at]);
  }
  return bits;
}

/// `bits`, of which the lowest `8 * size` count, as a number with a sign.
std::int64_t with_sign(std::uint64_t bits, std::size_t size) {
  const auto unused = 64 - 8 * size;
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

bool append(JsonBuilder& json, const LayoutField& field, std::string_view bytes) {
  if (field.type == Type::Text) return json.text(bytes.substr(0, bytes.find('\0')));
  const auto bits = bits_of(bytes, field.endian);
  switch (field.type) {
    case Type::I8:
    case Type::I16:
    case Type::I24:
    case Type::I32:
    case Type::I64:
      json.integer(with_sign(bits, bytes.size()));
      return true;
    case Type::F32:
      json.real(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      return true;
    case Type::F64:
      json.real(std::bit_cast<double>(bits));
      return true;
    default:
      json.natural(bits);
      return true;
  }
}

}  // namespace

std::size_t LayoutField::size() const noexcept {
  switch (type) {
    case Type::U8:
    case Type::I8:
      return 1;
    case Type::U16:
    case Type::I16:
      return 2;
    case Type::U24:
    case Type::I24:
      return 3;
    case Type::U32:
    case Type::I32:
    case Type::F32:
      return 4;
    case Type::U64:
    case Type::I64:
    case Type::F64:
      return 8;
    case Type::Text:
      break;
  }
  return length;
}

bool BinaryLayout::decode(const Message& message, Decoded& out,
                          std::vector<DeviceRequest>& /*requests*/) {
  JsonBuilder json(out.begin());
  if (!json.open_object()) return false;
  const auto payload = message.payload;
  for (const auto& field : fields_) {
    if (field.offset > payload.size() || payload.size() - field.offset < field.size()) return false;
    if (!json.key(field.name) || !append(json, field, payload.substr(field.offset, field.size()))) {
      return false;
    }
  }
  json.close_object();
  out.end();
  return true;
}

}  // namespace gateway
