// A parsed filter: typed operations over operands.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace webpubsub::hub {

enum class FilterType : std::uint8_t { Null, Boolean, Integer, String, Collection };

enum class FilterOperation : std::uint8_t {
  Constant,
  UserId,
  ConnectionId,
  Protocol,
  Groups,
  Not,
  And,
  Or,
  Equal,
  NotEqual,
  Greater,
  GreaterOrEqual,
  Less,
  LessOrEqual,
  InList,    // the first operand in the others
  InGroups,  // the only operand in the connection's groups
  ToLower,
  ToUpper,
  Trim,
  Concat,
  Substring,
  Contains,
  StartsWith,
  EndsWith,
  IndexOf,
  Length,
};

struct FilterExpression {
  FilterOperation operation = FilterOperation::Constant;
  FilterType type = FilterType::Null;  // of its value; all but constants may be null as well
  std::int64_t number = 0;             // of a constant integer or (0, 1) truth value
  std::string text{};                  // of a constant string
  std::vector<FilterExpression> operands{};
};

}  // namespace webpubsub::hub
