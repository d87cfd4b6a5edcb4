#include "webpubsub/protocol/json_members.h"

namespace webpubsub {

std::optional<DataType> parse_data_type(std::string_view name) {
  if (name == "json") return DataType::Json;
  if (name == "text") return DataType::Text;
  if (name == "binary") return DataType::Binary;
  if (name == "protobuf") return DataType::Protobuf;
  return std::nullopt;
}

Result<Data> read_json_data(DataType type, const JsonSlice& value) {
  if (type == DataType::Json) {
    if (value.kind == JsonKind::Absent) return malformed_frame("data is missing");
    if (!value.is_string()) return Data{type, std::string(value.text)};
    // The quotes stand around the slice.
    return Data{type, std::string(value.text.data() - 1, value.text.size() + 2)};
  }
  if (!value.is_string()) {
    return malformed_frame("data is not a string although its dataType needs one");
  }
  if (type == DataType::Text) return Data{type, json_unescape(value.text)};
  auto bytes = value.text.find('\\') == std::string_view::npos
                   ? base64_decode(value.text)
                   : base64_decode(json_unescape(value.text));  // .NET writes '+' as \u002B
  if (!bytes) return malformed_frame("data is not base64");
  return Data{type, *std::move(bytes)};
}

std::string string_or_empty(const JsonSlice& value) {
  return value.is_string() ? json_unescape(value.text) : std::string();
}

}  // namespace webpubsub
