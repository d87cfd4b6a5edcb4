#include "config/source_text.h"

#include <algorithm>

#include "webpubsub/protocol/json_text.h"

namespace gateway::config {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

/// Index of the first byte that is not part of a character.
std::size_t first_bad_byte(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size()) {
    std::size_t length = 1;
    while (length <= 4 && !webpubsub::is_valid_utf8(line.substr(at, length))) ++length;
    if (length > 4) return at;
    at += std::min(length, line.size() - at);
  }
  return at;
}

std::optional<SourceFlaw> find_line_flaw(std::string_view line, int number) {
  const auto at = [number](std::size_t index) {
    return Place{number, static_cast<int>(index) + 1};
  };
  if (!webpubsub::is_valid_utf8(line)) {
    return SourceFlaw{at(first_bad_byte(line)), "not UTF-8; save the file in UTF-8"};
  }
  const auto control = std::find_if(line.begin(), line.end(), is_control);
  if (control != line.end()) {
    return SourceFlaw{at(static_cast<std::size_t>(control - line.begin())),
                      "a control character; take it out"};
  }
  const auto tab = line.find('\t');
  if (tab < line.find_first_not_of(" \t")) {
    return SourceFlaw{at(tab), "a tab in the indentation; YAML is indented with spaces"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SourceFlaw> find_source_flaw(std::string_view text) {
  if (text.size() > kMaxFileBytes) return SourceFlaw{{}, "larger than 1MiB; split it into conf.d"};
  int number = 1;
  for (std::size_t from = 0; from < text.size(); ++number) {
    const auto end = std::min(text.find('\n', from), text.size());
    auto line = text.substr(from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto flaw = find_line_flaw(line, number)) return flaw;
    from = end + 1;
  }
  return std::nullopt;
}

bool is_quote_closed(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return true;
  const char quote = text[offset];
  if (quote != '"' && quote != '\'') return true;
  for (std::size_t i = offset + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

}  // namespace gateway::config
