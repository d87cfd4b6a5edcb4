#include "bridge/downlink/any_value.h"

#include <cstdint>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace gateway {

std::optional<std::string> value_in_any(std::string_view any) {
  // Source: google/protobuf/any.proto. The message's class is not in the lite library.
  constexpr int kTypeUrl = 1;
  constexpr int kValue = 2;
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(any.data()),
                                               static_cast<int>(any.size()));
  std::string value;
  bool has_type = false;
  while (const auto tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const bool is_bytes =
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_bytes || (field != kTypeUrl && field != kValue)) {
      if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
      continue;
    }
    std::string bytes;
    std::uint32_t length = 0;
    if (!input.ReadVarint32(&length) || !input.ReadString(&bytes, static_cast<int>(length))) {
      return std::nullopt;
    }
    has_type = has_type || field == kTypeUrl;
    if (field == kValue) value = std::move(bytes);
  }
  if (!input.ConsumedEntireMessage() || !has_type) return std::nullopt;
  return value;
}

}  // namespace gateway
