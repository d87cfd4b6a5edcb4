// JSON as text: checked in one pass, then passed on byte for byte.
//
// The payloads of devices are never rebuilt as documents, so numbers keep their digits and keys
// their order.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub {

/// Deeper nesting than this is refused: nothing real needs it, and it would cost a receiver stack.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// Whether `text` is one complete JSON value (RFC 8259) in valid UTF-8, with no NUL byte, no more
/// than kMaxJsonDepth levels, no number beyond the range of a double and no half of a surrogate
/// pair, so that every receiver can read it. No allocation. Any thread.
bool is_valid_json(std::string_view text);

/// Whether `text` is valid UTF-8 (RFC 3629). Any thread.
bool is_valid_utf8(std::string_view text);

/// Appends `text`, which must be valid UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace webpubsub
