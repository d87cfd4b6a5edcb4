// Where the members of a JSON object stand in its text.
//
// RapidJSON does the reading, over a stream that only looks: strings are neither copied nor
// unescaped, so a frame's payload can be lifted out byte for byte and a scan allocates nothing.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub {

enum class JsonKind : std::uint8_t { Absent, Null, True, False, Number, String, Object, Array };

/// A value as it stands in its document. `text` points into the document; of a string it is what
/// stands between the quotes, escapes untouched.
struct JsonSlice {
  JsonKind kind = JsonKind::Absent;
  std::string_view text{};

  bool is_string() const noexcept { return kind == JsonKind::String; }
  /// Absent and null mean the same in frames.
  bool is_given() const noexcept { return kind != JsonKind::Absent && kind != JsonKind::Null; }
};

enum class JsonScan : std::uint8_t { Found, NotAnObject, Malformed };

/// Looks up `names` among the members of the object `text` and puts each value at the name's place
/// in `values`, which must be as long and empty. Of repeated members the last one counts, as in
/// the official SDKs' parsers. The whole text is checked as is_valid_json() does.
JsonScan scan_json_object(std::string_view text, std::span<const std::string_view> names,
                          std::span<JsonSlice> values);

/// The strings of a JSON array of nothing but strings, or a single string as a list of one.
/// `value` comes from a scan. Nothing for any other shape.
std::optional<std::vector<std::string>> json_string_list(const JsonSlice& value);

/// The members of a JSON object whose values are all strings, in order, repeated names included.
/// Nothing for any other shape.
std::optional<std::vector<std::pair<std::string, std::string>>> json_string_map(
    const JsonSlice& value);

/// The elements of a JSON array. Nothing for any other shape.
std::optional<std::vector<JsonSlice>> json_elements(const JsonSlice& value);

/// The characters of a string's slice.
std::string json_unescape(std::string_view slice);

/// An unsigned whole number without sign, fraction or exponent; never by way of a double.
std::optional<std::uint64_t> json_uint64(const JsonSlice& value);

}  // namespace webpubsub
