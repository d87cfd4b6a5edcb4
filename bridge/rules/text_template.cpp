#include "bridge/rules/text_template.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

Result<TextTemplate> TextTemplate::parse(
    std::string_view text,
    const std::function<std::optional<std::string>(std::string_view)>& check) {
  TextTemplate result;
  result.text_ = text;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) result.parts_.push_back({true, std::move(literal)});
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
      continue;
    }
    const auto close = text.find('}', i);
    if (c == '}' || close == std::string_view::npos) {
      return Error{Errc::InvalidArgument,
                   std::string("a single '") + c + "' must be written twice, or be part of {name}"};
    }
    const auto name = text.substr(i + 1, close - i - 1);
    if (auto wrong = check(name)) return Error{Errc::InvalidArgument, *wrong};
    end_literal();
    result.parts_.push_back({false, std::string(name)});
    i = close;
  }
  end_literal();
  return result;
}

bool TextTemplate::is_constant() const noexcept {
  for (const auto& part : parts_) {
    if (!part.literal) return false;
  }
  return true;
}

}  // namespace gateway
