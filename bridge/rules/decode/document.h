// A JSON payload taken apart, with every value still standing in the payload's own text.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bridge/rules/arena.h"
#include "bridge/rules/value.h"

namespace gateway {

/// The values in the order of the text, each with the place of the one after it: nothing is
/// allocated per message once the list has grown.
class Document {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  /// Takes `text` apart, which must outlive what is asked of this. False when it is not JSON as
  /// webpubsub::is_valid_json() has it.
  bool parse(std::string_view text);
  /// The whole is one text. False when it is not UTF-8.
  bool set_text(std::string_view text);

  /// The whole: kNone when it is empty.
  std::size_t root() const noexcept { return nodes_.empty() ? kNone : 0; }
  /// The first value in the array or object `node`, and the one beside it; kNone at the end.
  std::size_t first(std::size_t node) const noexcept;
  std::size_t next(std::size_t node) const noexcept;
  bool is_object(std::size_t node) const noexcept { return nodes_[node].kind == Kind::Object; }
  bool is_array(std::size_t node) const noexcept { return nodes_[node].kind == Kind::Array; }

  /// The member `name` of an object, the last one if there are several, as JavaScript reads it.
  std::size_t member(std::size_t node, std::string_view name, Arena& arena) const;
  /// The item `index` of an array.
  std::size_t item(std::size_t node, std::size_t index) const;

  /// What a value's member is called. Escaped texts are decoded into `arena`.
  std::string_view key(std::size_t node, Arena& arena) const;
  Value value(std::size_t node, Arena& arena) const;

 private:
  enum class Kind : std::uint8_t { Null, Bool, Number, Text, Array, Object };
  struct Node {
    Kind kind = Kind::Null;
    std::uint32_t end = 0;  // index of the first node that is not part of this
    std::uint32_t parent = UINT32_MAX;
    std::string_view key{};   // escapes included
    std::string_view text{};  // escapes included, quotes not
    bool escaped = true;      // it may have some
  };
  class Builder;
  std::vector<Node> nodes_{};
};

}  // namespace gateway
