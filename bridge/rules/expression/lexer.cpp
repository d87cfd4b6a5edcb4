#include "bridge/rules/expression/lexer.h"

#include <array>
#include <optional>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_letter(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> split() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
      if (at_ == text_.size()) break;
      const char c = text_[at_];
      std::optional<Error> wrong;
      if (is_letter(c)) {
        take_name();
      } else if (is_digit(c)) {
        take_number();
      } else if (c == '"' || c == '\'') {
        wrong = take_text(c);
      } else if (c == '/' && starts_pointer()) {
        take_pointer();
      } else {
        wrong = take_symbol();
      }
      if (wrong) return *wrong;
    }
    tokens_.push_back({.at = text_.size()});
    return std::move(tokens_);
  }

 private:
  // Where a value may stand "/" begins a pointer, behind a value it divides.
  bool starts_pointer() const {
    if (tokens_.empty()) return true;
    const auto& last = tokens_.back();
    return last.kind == Token::Kind::Symbol && last.text != ")" && last.text != "]";
  }

  void take_name() {
    const auto begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const auto word = text_.substr(begin, at_ - begin);
    if (word == "and") return add(Token::Kind::Symbol, "&&", begin);
    if (word == "or") return add(Token::Kind::Symbol, "||", begin);
    if (word == "not") return add(Token::Kind::Symbol, "!", begin);
    if (word == "in") return add(Token::Kind::Symbol, "in", begin);
    add(Token::Kind::Name, word, begin);
  }

  void take_number() {
    const auto begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool sign = (c == '+' || c == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
      if (!is_name(c) && c != '.' && !sign) break;
      ++at_;
    }
    add(Token::Kind::Number, text_.substr(begin, at_ - begin), begin);
  }

  void take_pointer() {
    const auto begin = at_;
    const auto end = std::min(text_.find_first_of(" \t()[],<>=!&|+*", at_), text_.size());
    at_ = end;
    add(Token::Kind::Pointer, text_.substr(begin, end - begin), begin);
  }

  std::optional<Error> take_text(char quote) {
    const auto begin = at_++;
    std::string value;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ == text_.size()) return expression_error(begin, "this text is not closed");
    ++at_;
    tokens_.push_back({Token::Kind::Text, std::move(value), begin});
    return std::nullopt;
  }

  std::optional<Error> take_symbol() {
    constexpr std::array<std::string_view, 19> kSymbols = {"&&", "||", "==", "!=", "<=", ">=", "<",
                                                           ">",  "!",  "+",  "-",  "*",  "/",  "%",
                                                           "(",  ")",  "[",  "]",  ","};
    for (const auto symbol : kSymbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      add(Token::Kind::Symbol, symbol, at_);
      at_ += symbol.size();
      return std::nullopt;
    }
    if (text_[at_] == '=') return expression_error(at_, "'=' is written '=='");
    return expression_error(at_, std::string("'") + text_[at_] + "' means nothing here");
  }

  void add(Token::Kind kind, std::string_view word, std::size_t at) {
    tokens_.push_back({kind, std::string(word), at});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_{};
};

}  // namespace

Result<std::vector<Token>> split_expression(std::string_view text) { return Lexer(text).split(); }

Error expression_error(std::size_t at, const std::string& message) {
  return {Errc::InvalidArgument, "character " + std::to_string(at + 1) + ": " + message};
}

}  // namespace gateway
