#include "daemon/logging/printable.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace gateway {
namespace {

struct Character {
  char32_t code = 0;       // 0 with length 1: a byte that is not UTF-8, or NUL itself
  std::size_t length = 1;  // bytes
  bool valid = false;
};

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// The character `text` begins with. Well-formed as in Unicode's table 3-7: no overlong forms, no
/// surrogates, nothing past U+10FFFF.
Character first_character(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {.code = lead, .length = 1, .valid = true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte_at(text, i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {.code = code, .length = length, .valid = true};
}

/// Whether a terminal or a reader could take `code` for something other than a visible character.
bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) ||  // C0, DEL, C1
         (code >= 0x200E && code <= 0x200F) ||            // direction marks
         (code >= 0x2028 && code <= 0x202E) ||            // separators, direction overrides
         (code >= 0x2066 && code <= 0x2069) ||            // direction isolates
         code == 0xFEFF;                                  // invisible
}

void append_escape(std::string& out, const char* format, unsigned value) {
  char buffer[16];
  const int length = std::snprintf(buffer, sizeof buffer, format, value);
  out.append(buffer, static_cast<std::size_t>(length));
}

void append_printable(std::string& out, const Character& character, std::string_view bytes) {
  if (!character.valid) return append_escape(out, "\\x%02x", byte_at(bytes, 0));
  switch (character.code) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (!is_unsafe(character.code)) {
    out += bytes;
  } else if (character.code < 0x80) {
    append_escape(out, "\\x%02x", static_cast<unsigned>(character.code));
  } else {
    append_escape(out, "\\u%04x", static_cast<unsigned>(character.code));
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    append_printable(out, character, text.substr(0, character.length));
    text.remove_prefix(character.length);
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    out += character.valid ? text.substr(0, character.length) : "\xEF\xBF\xBD";
    text.remove_prefix(character.length);
  }
  return out;
}

}  // namespace gateway
