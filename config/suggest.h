// What was meant by a word that is not known here, and how texts are shown in messages.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::config {

/// The one of `known` that is nearest to `text`, if it is near enough to be a slip of the finger:
/// letters left out, added, wrong or swapped, about one in three, whatever their case, or cut
/// short.
std::optional<std::string_view> near_miss(std::string_view text,
                                          const std::vector<std::string_view>& known);

/// `; did you mean "known"?`, or nothing.
std::string suggestion(std::string_view text, const std::vector<std::string_view>& known);

/// "a, b or c"; `last` is the word before the last one.
std::string list_of(const std::vector<std::string_view>& words, std::string_view last);

/// `text` fit for a message: at most 64 bytes, without control characters.
std::string shown(std::string_view text);
/// A key fit for a message: as far as it looks like one. Where a ':' was forgotten the value, which
/// may be a secret, became part of the key.
std::string shown_key(std::string_view key);
/// shown() in quotes.
std::string in_quotes(std::string_view text);

}  // namespace gateway::config
