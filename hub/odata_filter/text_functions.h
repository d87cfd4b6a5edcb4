// String functions of filters. Lengths and positions count UTF-16 units, as the service does:
// a character beyond the basic plane is two of them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::hub {

std::int64_t utf16_length(std::string_view utf8);
/// Position of the first `part` in `text`; -1 when there is none.
std::int64_t utf16_index(std::string_view text, std::string_view part);
/// Stops at the ends of `text`; a character that is cut in two is left out.
std::string_view utf16_substring(std::string_view text, std::int64_t start,
                                 std::optional<std::int64_t> count);
std::string_view trim_spaces(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

}  // namespace webpubsub::hub
