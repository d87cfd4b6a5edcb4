// What reading the JSON frames of both directions has in common: internal to protocol/.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/result.h"
#include "webpubsub/protocol/frames.h"
#include "webpubsub/protocol/json_scan.h"

namespace webpubsub {

inline Error malformed_frame(std::string_view what) {
  return {Errc::Protocol, std::string(what), 0};
}

/// Finds `names` in `message`. Errors: Protocol when it is not a JSON object.
template <std::size_t N>
Result<std::array<JsonSlice, N>> find_members(std::string_view message,
                                              const std::array<std::string_view, N>& names) {
  std::array<JsonSlice, N> members;
  switch (scan_json_object(message, names, members)) {
    case JsonScan::Found:
      return members;
    case JsonScan::NotAnObject:
      return malformed_frame("the message is not a JSON object");
    case JsonScan::Malformed:
      break;
  }
  return malformed_frame("the message is not valid JSON");
}

/// The same for a value inside a message, which was checked with it; all absent if it is no object.
template <std::size_t N>
std::array<JsonSlice, N> find_members(const JsonSlice& value,
                                      const std::array<std::string_view, N>& names) {
  std::array<JsonSlice, N> members;
  if (value.kind == JsonKind::Object) {
    static_cast<void>(scan_json_object(value.text, names, members));
  }
  return members;
}

std::optional<DataType> parse_data_type(std::string_view name);
/// A payload as `type` has it on the wire.
Result<Data> read_json_data(DataType type, const JsonSlice& value);
/// The string of an optional member; empty for anything else.
std::string string_or_empty(const JsonSlice& value);

}  // namespace webpubsub
