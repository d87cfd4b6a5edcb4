#include "hub/odata_filter/lexer.h"

#include <charconv>

namespace webpubsub::hub {

namespace {

constexpr std::size_t kMaxQuoted = 40;  // of the filter, in an error text

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || c == '_';
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Error filter_syntax_error(std::string_view source, std::size_t position, std::string_view why) {
  const std::string_view shown = source.substr(0, kMaxQuoted);
  return Error{Errc::InvalidArgument, "Invalid syntax for '" + std::string(shown) +
                                          "': " + std::string(why) + " at position " +
                                          std::to_string(position) + "."};
}

FilterToken FilterLexer::token(FilterTokenKind kind, std::size_t begin) const {
  return {.kind = kind, .source = text_.substr(begin, at_ - begin), .position = begin};
}

Result<FilterToken> FilterLexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  const std::size_t begin = at_;
  if (at_ == text_.size()) return token(FilterTokenKind::End, begin);
  const char first = text_[at_++];
  switch (first) {
    case '(':
      return token(FilterTokenKind::Open, begin);
    case ')':
      return token(FilterTokenKind::Close, begin);
    case ',':
      return token(FilterTokenKind::Comma, begin);
    case '\'':
      return read_string(begin);
    default:
      break;
  }
  if (is_digit(first) || first == '-' || first == '+') return read_integer(begin);
  if (!is_letter(first)) {
    return filter_syntax_error(text_.substr(begin), begin, "an unexpected character");
  }
  while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
  return token(FilterTokenKind::Word, begin);
}

Result<FilterToken> FilterLexer::read_string(std::size_t begin) {
  std::string text;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c != '\'') {
      text += c;
    } else if (at_ < text_.size() && text_[at_] == '\'') {
      text += c;
      ++at_;
    } else {
      FilterToken string = token(FilterTokenKind::String, begin);
      string.text = std::move(text);
      return string;
    }
  }
  return filter_syntax_error(text_.substr(begin), begin, "the string has no end");
}

Result<FilterToken> FilterLexer::read_integer(std::size_t begin) {
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  FilterToken integer = token(FilterTokenKind::Integer, begin);
  std::string_view digits = integer.source;
  if (digits.front() == '+') digits.remove_prefix(1);
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, integer.number);
  const bool goes_on = at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.');
  if (error != std::errc{} || stop != end || digits.front() == '+' || goes_on) {
    return filter_syntax_error(text_.substr(begin), begin, "not a whole number of 64 bits");
  }
  return integer;
}

}  // namespace webpubsub::hub
