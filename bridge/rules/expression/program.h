// A parsed expression: what the parser builds and evaluation walks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/rules/expression/pattern.h"
#include "bridge/rules/select/pointer.h"

namespace gateway {

enum class Operation : std::uint8_t {
  Constant,
  Field,      // `text`: a field of the sample
  InPayload,  // `pointer`
  Captured,   // `index` of the topics' variables
  Topic,
  Qos,
  Retained,
  Time,
  Or,
  And,
  Not,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Matches,  // `pattern`
  In,       // the first part, in one of the others
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
  Negate,
  Exists,
  ToNumber,
  ToText,
  Lower,
  Upper,
  Length,
  Contains,
  StartsWith,
  EndsWith,
  Trim,
  Substring,  // of the first part, from the second on, as many bytes as the third
  Absolute,
  Round,
  Floor,
  Least,
  Most,
  Hour,     // of a time in milliseconds, in UTC
  Weekday,  // likewise; 1 is Monday
};

/// What is known of a value before there is one.
enum class Type : std::uint8_t { Any, Bool, Number, Text };

struct Node {
  Operation operation = Operation::Constant;
  Type type = Type::Any;
  std::vector<std::uint32_t> parts{};
  OwnedValue constant{};
  double number = 0;  // of a constant number
  std::string text{};
  Pointer pointer{};
  std::optional<Pattern> pattern{};
  std::size_t index = 0;
};

struct Program {
  std::vector<Node> nodes{};
  std::uint32_t root = 0;
};

}  // namespace gateway
