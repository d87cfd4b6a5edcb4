// The checks a file must pass before the YAML parser sees it.

#pragma once

#include <optional>
#include <string_view>

#include "config/document.h"

namespace gateway::config {

struct SourceFlaw {
  Place place{};
  std::string_view message{};
};

/// The first thing that makes `text` unfit to parse: its size, its encoding, a control character,
/// a tab that indents. The parser replaces bad UTF-8, guesses at other encodings, takes 0x04 for
/// the end of the file and misreads tabs, all without a word.
std::optional<SourceFlaw> find_source_flaw(std::string_view text);

/// Whether the quoted scalar that starts at `offset` is closed: the parser accepts one that is not.
bool is_quote_closed(std::string_view text, std::size_t offset);

}  // namespace gateway::config
