// Looking up what JSON pointers name, all of them in one pass over the text.
//
// No document is built: numbers keep the digits they were written with, and a message of a
// megabyte costs one reading however many rules look into it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

struct JsonValue {
  enum class Kind : std::uint8_t { Absent, Null, True, False, Number, String, Container };
  Kind kind = Kind::Absent;
  /// A string's characters; of anything else the JSON text as it was written.
  std::string text{};

  /// Something with a text of its own: null has none.
  bool is_scalar() const noexcept {
    return kind == Kind::String || kind == Kind::Number || kind == Kind::True ||
           kind == Kind::False;
  }
};

/// Whether two scalars are equal: same type and characters, or the same number however it is
/// spelt. Absent values and containers equal nothing.
bool equal_scalars(const JsonValue& a, const JsonValue& b);

class JsonLookup {
 public:
  JsonLookup();

  /// The place of `pointer`'s value in find()'s answer. The pointer must be valid (RFC 6901).
  std::size_t add(std::string_view pointer);

  /// What every pointer names in `text`, which must have passed webpubsub::is_valid_json(). Of
  /// repeated members the last one counts.
  std::vector<JsonValue> find(std::string_view text) const;

 private:
  friend class JsonWalk;
  static constexpr std::size_t kNone = SIZE_MAX;

  // A tree of the pointers' parts; its first node is the whole document.
  struct Node {
    std::map<std::string, std::size_t, std::less<>> children{};
    std::size_t value = kNone;  // place in the answer
  };
  std::vector<Node> nodes_{};
  std::size_t values_ = 0;
};

}  // namespace gateway
