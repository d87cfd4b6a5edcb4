// The words of a filter.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace webpubsub::hub {

enum class FilterTokenKind : std::uint8_t { Word, String, Integer, Open, Close, Comma, End };

struct FilterToken {
  FilterTokenKind kind = FilterTokenKind::End;
  std::string_view source{};  // as written
  std::size_t position = 0;   // of its first character, from 0
  std::string text{};         // of a string, unquoted
  std::int64_t number = 0;
};

class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  /// Errors: InvalidArgument.
  Result<FilterToken> next();

 private:
  Result<FilterToken> read_string(std::size_t begin);
  Result<FilterToken> read_integer(std::size_t begin);
  FilterToken token(FilterTokenKind kind, std::size_t begin) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

Error filter_syntax_error(std::string_view source, std::size_t position, std::string_view why);

}  // namespace webpubsub::hub
