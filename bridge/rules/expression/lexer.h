// The words of an expression.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gateway {

struct Token {
  enum class Kind : std::uint8_t { Name, Pointer, Number, Text, Symbol, End };
  Kind kind = Kind::End;
  std::string text{};  // of a Text without quotes and escapes
  std::size_t at = 0;  // bytes before it
};

/// The last one is an End. `and`, `or` and `not` come as "&&", "||" and "!".
/// Errors: InvalidArgument, with the place as "character N".
webpubsub::Result<std::vector<Token>> split_expression(std::string_view text);

/// An error that names its place.
webpubsub::Error expression_error(std::size_t at, const std::string& message);

}  // namespace gateway
