#include "hub/odata_filter/text_functions.h"

#include <algorithm>

#include "base/trimmed.h"
#include "hub/text.h"

namespace webpubsub::hub {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

/// UTF-16 units of the character that starts with this byte; 0 for one in its middle.
std::int64_t units(char c) {
  if (is_continuation(c)) return 0;
  return static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1;
}

/// The first byte at or behind `unit` units.
std::size_t byte_at(std::string_view text, std::int64_t unit) {
  std::int64_t passed = 0;
  std::size_t byte = 0;
  while (byte < text.size() && (passed < unit || is_continuation(text[byte]))) {
    passed += units(text[byte]);
    ++byte;
  }
  return byte;
}

template <class Change>
std::string changed(std::string_view text, Change&& change) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), change);
  return result;
}

}  // namespace

std::int64_t utf16_length(std::string_view utf8) {
  std::int64_t length = 0;
  for (const char c : utf8) length += units(c);
  return length;
}

std::int64_t utf16_index(std::string_view text, std::string_view part) {
  const std::size_t byte = text.find(part);
  return byte == text.npos ? -1 : utf16_length(text.substr(0, byte));
}

std::string_view utf16_substring(std::string_view text, std::int64_t start,
                                 std::optional<std::int64_t> count) {
  const std::int64_t length = utf16_length(text);
  const std::int64_t first = std::clamp<std::int64_t>(start, 0, length);
  const std::int64_t wanted = std::clamp<std::int64_t>(count.value_or(length), 0, length - first);
  const std::size_t begin = byte_at(text, first);
  std::size_t end = byte_at(text, first + wanted);
  // One that starts inside the part but does not end there.
  while (end > begin && utf16_length(text.substr(0, end)) > first + wanted) {
    do {
      --end;
    } while (end > begin && is_continuation(text[end]));
  }
  return text.substr(begin, end - begin);
}

std::string_view trim_spaces(std::string_view text) { return trimmed(text, " \t\r\n\v\f"); }

std::string to_lower(std::string_view text) {
  return changed(text, [](char c) { return ascii_lower(c); });
}

std::string to_upper(std::string_view text) {
  return changed(text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

}  // namespace webpubsub::hub
