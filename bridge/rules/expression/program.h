// A parsed expression: what the parser builds and evaluation walks.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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
  In,  // the first part, in one of the others
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
  Absolute,
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
  std::size_t index = 0;
};

struct Program {
  std::vector<Node> nodes{};
  std::uint32_t root = 0;
};

}  // namespace gateway
