// A YAML document with the place of everything in it.
//
// What YAML allows and a configuration is better without (aliases, tags, duplicate keys, second
// documents) is refused here, so that the rest only meets mappings, sequences and scalars.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace gateway::config {

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxNodes = 50'000;

struct Place {
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes
  auto operator<=>(const Place&) const = default;
};

/// A value. One that stands in a mapping knows its key: a type of its own for members would need
/// vectors of types that are not complete yet.
struct YamlNode {
  enum class Kind : std::uint8_t { Null, Scalar, Sequence, Map };
  Kind kind = Kind::Null;
  bool quoted = false;   // a scalar in quotes: text whatever it looks like
  bool refused = false;  // a problem was reported in its place
  Place place{};
  std::string text{};  // of a scalar
  std::string key{};   // of a member of a mapping; no key stands twice
  Place key_place{};
  std::vector<YamlNode> items{};  // of a sequence, or the members of a mapping
};

/// Reads `text`, the content of `file`, and appends what is wrong with it to `problems`. The root
/// is a mapping, empty for an empty file; nothing when the text could not be read to its end.
std::optional<YamlNode> parse_document(std::string_view text, const std::string& file,
                                       std::vector<Problem>& problems);

}  // namespace gateway::config
