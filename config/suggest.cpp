#include "config/suggest.h"

#include <algorithm>
#include <cstddef>

namespace gateway::config {
namespace {

constexpr std::size_t kMaxShown = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Edits that turn one into the other, a swap of neighbours counting as one (optimal string
/// alignment). Both are short.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const char a = lower(left[i - 1]);
      const char b = lower(right[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a == b ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && a == lower(right[j - 2]) && b == lower(left[i - 2]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[right.size()];
}

/// The only one that begins with `text`: "warn" is "warning" cut short.
std::optional<std::string_view> completion(std::string_view text,
                                           const std::vector<std::string_view>& known) {
  if (text.size() < 3) return std::nullopt;
  std::optional<std::string_view> only;
  for (const auto candidate : known) {
    const auto start = candidate.substr(0, text.size());
    if (start.size() < text.size() || distance(text, start) > 0) continue;
    if (only) return std::nullopt;
    only = candidate;
  }
  return only;
}

}  // namespace

std::optional<std::string_view> near_miss(std::string_view text,
                                          const std::vector<std::string_view>& known) {
  if (text.empty() || text.size() > kMaxShown) return std::nullopt;
  std::optional<std::string_view> nearest = completion(text, known);
  if (nearest) return nearest;
  std::size_t least = 0;
  for (const auto candidate : known) {
    const auto edits = distance(text, candidate);
    const auto allowed = std::max<std::size_t>(1, std::max(text.size(), candidate.size()) / 3);
    // A word of two letters is one edit away from too much.
    if (edits > allowed || edits >= candidate.size()) continue;
    if (!nearest || edits < least) {
      nearest = candidate;
      least = edits;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view text, const std::vector<std::string_view>& known) {
  const auto meant = near_miss(text, known);
  return meant && *meant != text ? "; did you mean " + in_quotes(*meant) + "?" : std::string();
}

std::string list_of(const std::vector<std::string_view>& words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += words[i];
  }
  return text;
}

std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (result.size() >= kMaxShown) {
      // Not in the middle of a character.
      while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xC0U) == 0x80U) {
        result.pop_back();
      }
      if (!result.empty() && static_cast<unsigned char>(result.back()) >= 0xC0U) result.pop_back();
      return result + "...";
    }
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return result;
}

std::string shown_key(std::string_view key) {
  const auto end = key.find_first_of(" \t:=;,\"'@?&");
  auto text = shown(key.substr(0, end));
  if (end != std::string_view::npos && !text.ends_with("...")) text += "...";
  return text;
}

std::string in_quotes(std::string_view text) { return '"' + shown(text) + '"'; }

}  // namespace gateway::config
