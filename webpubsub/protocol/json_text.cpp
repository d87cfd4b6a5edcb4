#include "webpubsub/protocol/json_text.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "webpubsub/protocol/json_reader.h"

namespace webpubsub {
namespace {

/// Accepts everything down to the depth allowed.
class DepthLimit {
 public:
  // The names are RapidJSON's. NOLINTBEGIN(readability-identifier-naming)
  bool Null() { return true; }
  bool Bool(bool) { return true; }
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(std::int64_t) { return true; }
  bool Uint64(std::uint64_t) { return true; }
  bool Double(double) { return true; }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return true; }
  bool String(const char*, rapidjson::SizeType, bool) { return true; }
  bool Key(const char*, rapidjson::SizeType, bool) { return true; }
  bool StartObject() { return ++depth_ <= kMaxJsonDepth; }
  bool StartArray() { return ++depth_ <= kMaxJsonDepth; }
  bool EndObject(rapidjson::SizeType) { return depth_-- > 0; }
  bool EndArray(rapidjson::SizeType) { return depth_-- > 0; }
  // NOLINTEND(readability-identifier-naming)

 private:
  std::size_t depth_ = 0;
};

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

/// How many bytes of ASCII `text` starts with, counted in whole words only.
std::size_t ascii_words(std::string_view text) {
  std::size_t at = 0;
  while (at + kWord <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    if ((word & kHighBits) != 0) break;
    at += kWord;
  }
  return at;
}

/// The length of the well-formed UTF-8 sequence that `text`, not empty, starts with; 0 if it does
/// not. Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return in(1, low, high) && tail(2) ? 3 : 0;
  }
  if (lead > 0xF4) return 0;
  const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
  return in(1, low, high) && tail(2) && tail(3) ? 4 : 0;
}

constexpr std::array<bool, 256> kNeedsEscape = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}();

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0xFU];
  }
}

}  // namespace

bool is_valid_json(std::string_view text) {
  if (!is_valid_utf8(text)) return false;
  LookOnlyStream stream(text);
  DepthLimit handler;
  return read_json(stream, handler) && !has_lone_surrogate(text);
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(ascii_words(text));
    // Then letter by letter, at least as far as the word that is not all ASCII reaches.
    for (std::size_t seen = 0; seen < kWord && !text.empty();) {
      const std::size_t length = sequence_length(text);
      if (length == 0) return false;
      text.remove_prefix(length);
      seen += length;
    }
  }
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t clean_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!kNeedsEscape[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, clean_from, i - clean_from);
    append_escape(out, text[i]);
    clean_from = i + 1;
  }
  out.append(text, clean_from);
  out += '"';
}

bool has_lone_surrogate(std::string_view text) {
  constexpr std::size_t kUnicodeEscape = 6;  // \uXXXX
  std::size_t at = text.find('\\');
  while (at != std::string_view::npos) {
    std::size_t length = 2;
    if (text[at + 1] == 'u') {
      length = kUnicodeEscape;
      const bool surrogate = text[at + 2] == 'd' || text[at + 2] == 'D';
      if (surrogate && text[at + 3] >= '8') {
        const bool second_half = text[at + 3] != '8' && text[at + 3] != '9' &&
                                 (text[at + 3] | 0x20) != 'a' && (text[at + 3] | 0x20) != 'b';
        if (second_half) return true;
        length = 2 * kUnicodeEscape;
      }
    }
    at = text.find('\\', at + length);
  }
  return false;
}

}  // namespace webpubsub
