// RapidJSON made to look and not touch: internal to protocol/ and to whoever takes payloads apart.
//
// With its in-situ flag the reader hands out strings as ranges of the stream's own bytes. Our
// stream swallows what the reader would write back, so those ranges are the original text,
// escapes included. Numbers are kept as text too: RapidJSON 1.1.0 overflows on hostile exponents
// otherwise (CVE-2024-38517).

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <rapidjson/reader.h>

#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

class LookOnlyStream {
 public:
  using Ch = char;

  explicit LookOnlyStream(std::string_view text)
      : begin_(text.data()), current_(text.data()), end_(text.data() + text.size()) {}

  // The names are RapidJSON's. NOLINTBEGIN(readability-identifier-naming)
  Ch Peek() const { return current_ == end_ ? '\0' : *current_; }
  Ch Take() { return current_ == end_ ? '\0' : *current_++; }
  std::size_t Tell() const { return static_cast<std::size_t>(current_ - begin_); }
  // The reader takes a mutable pointer and gives it back to us; nobody writes through it.
  Ch* PutBegin() { return const_cast<Ch*>(current_); }
  void Put(Ch) {}
  void Flush() {}
  std::size_t PutEnd(const Ch* begin) { return static_cast<std::size_t>(current_ - begin); }
  // NOLINTEND(readability-identifier-naming)

  const char* current() const { return current_; }
  /// False when the reader took a NUL byte inside the text for its end.
  bool is_at_end() const { return current_ == end_; }

 private:
  const char* begin_;
  const char* current_;
  const char* end_;
};

}  // namespace webpubsub

namespace rapidjson {
/// Lets the reader keep the stream in registers while inside a string or number.
template <>
struct StreamTraits<webpubsub::LookOnlyStream> {
  enum { copyOptimization = 1 };  // NOLINT(readability-identifier-naming): RapidJSON's
};
}  // namespace rapidjson

namespace webpubsub {

/// Reads the one JSON value that `stream`, which must be valid UTF-8, holds; `handler` may stop it
/// by returning false. The reader's own stack lives in ours, two counters for each level of
/// nesting, so the heap is not used as long as the handler stops at kMaxJsonDepth.
///
/// kParseValidateEncodingFlag is left out: is_valid_utf8() over the whole text first costs a tenth.
template <class Handler>
bool read_json(LookOnlyStream& stream, Handler& handler) {
  using Pool = rapidjson::MemoryPoolAllocator<>;
  constexpr unsigned kStrict = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                               rapidjson::kParseNumbersAsStringsFlag;
  constexpr std::size_t kReaderStack = 2 * (kMaxJsonDepth + 2) * sizeof(rapidjson::SizeType);
  constexpr std::size_t kPoolHeader = 64;
  alignas(std::max_align_t) std::array<char, kReaderStack + kPoolHeader> memory;
  Pool pool(memory.data(), memory.size());
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, Pool> reader(&pool, kReaderStack);
  return !reader.Parse<kStrict>(stream, handler).IsError() && stream.is_at_end();
}

/// Whether a \u escape names half of a surrogate pair by itself. The reader refuses a first half
/// without its second; this finds a second half without its first. `text` is JSON otherwise.
bool has_lone_surrogate(std::string_view text);

}  // namespace webpubsub
