#include "hub/odata_filter/filter.h"

#include <list>
#include <string>
#include <utility>

#include "hub/odata_filter/expression.h"
#include "hub/odata_filter/parser.h"
#include "hub/odata_filter/text_functions.h"

namespace webpubsub::hub {

namespace {

using Operation = FilterOperation;
using Type = FilterType;

struct Value {
  Type type = Type::Null;
  std::int64_t number = 0;  // of an integer or truth value
  std::string_view text{};

  bool is_null() const noexcept { return type == Type::Null; }
  bool is_true() const noexcept { return type == Type::Boolean && number != 0; }
  bool operator==(const Value& other) const = default;
};

Value truth(bool value) { return {.type = Type::Boolean, .number = value ? 1 : 0}; }
Value integer(std::int64_t value) { return {.type = Type::Integer, .number = value}; }
Value string(std::string_view text) { return {.type = Type::String, .text = text}; }
Value string_or_null(std::string_view text) { return text.empty() ? Value{} : string(text); }

/// One look at one connection. Recursion ends where the parser's limit on levels is.
class Evaluation {
 public:
  explicit Evaluation(const FilterSubject& subject) : subject_(subject) {}

  Value value_of(const FilterExpression& expression);

 private:
  Value operand(const FilterExpression& expression, std::size_t index) {
    return value_of(expression.operands[index]);
  }
  bool compare(const FilterExpression& expression);
  bool is_in_list(const FilterExpression& expression);
  Value text_function(const FilterExpression& expression);
  Value search_function(const FilterExpression& expression);
  Value length(const FilterExpression& expression);
  Value substring(const FilterExpression& expression);
  Value made(std::string text) { return string(made_.emplace_back(std::move(text))); }

  const FilterSubject& subject_;
  std::list<std::string> made_;  // what functions return, until this is over
};

Value Evaluation::value_of(const FilterExpression& expression) {
  switch (expression.operation) {
    case Operation::Constant:
      return {expression.type, expression.number, expression.text};
    case Operation::UserId:
      return string_or_null(subject_.user_id());
    case Operation::ConnectionId:
      return string(subject_.connection_id());
    case Operation::Protocol:
      return string_or_null(subject_.protocol());
    case Operation::Groups:
      return {.type = Type::Collection};
    case Operation::Not:
      return truth(!operand(expression, 0).is_true());
    case Operation::And:
      return truth(operand(expression, 0).is_true() && operand(expression, 1).is_true());
    case Operation::Or:
      return truth(operand(expression, 0).is_true() || operand(expression, 1).is_true());
    case Operation::InList:
      return truth(is_in_list(expression));
    case Operation::InGroups: {
      const Value group = operand(expression, 0);
      return truth(!group.is_null() && subject_.is_in_group(group.text));
    }
    case Operation::Length:
      return length(expression);
    case Operation::Contains:
    case Operation::StartsWith:
    case Operation::EndsWith:
    case Operation::IndexOf:
      return search_function(expression);
    case Operation::ToLower:
    case Operation::ToUpper:
    case Operation::Trim:
    case Operation::Concat:
    case Operation::Substring:
      return text_function(expression);
    default:
      return truth(compare(expression));
  }
}

bool Evaluation::compare(const FilterExpression& expression) {
  const Value left = operand(expression, 0);
  const Value right = operand(expression, 1);
  if (expression.operation == Operation::Equal) return left == right;
  if (expression.operation == Operation::NotEqual) return left != right;
  if (left.is_null() || right.is_null()) return false;
  switch (expression.operation) {
    case Operation::Greater:
      return left.number > right.number;
    case Operation::GreaterOrEqual:
      return left.number >= right.number;
    case Operation::Less:
      return left.number < right.number;
    default:
      return left.number <= right.number;
  }
}

bool Evaluation::is_in_list(const FilterExpression& expression) {
  const Value element = operand(expression, 0);
  for (std::size_t i = 1; i < expression.operands.size(); ++i) {
    if (operand(expression, i) == element) return true;
  }
  return false;
}

Value Evaluation::length(const FilterExpression& expression) {
  const Value value = operand(expression, 0);
  if (value.is_null()) return {};
  if (value.type == Type::Collection) {
    return integer(static_cast<std::int64_t>(subject_.group_count()));
  }
  return integer(utf16_length(value.text));
}

Value Evaluation::search_function(const FilterExpression& expression) {
  const Value text = operand(expression, 0);
  const Value part = operand(expression, 1);
  const bool is_index = expression.operation == Operation::IndexOf;
  if (text.is_null() || part.is_null()) return is_index ? integer(-1) : truth(false);
  switch (expression.operation) {
    case Operation::StartsWith:
      return truth(text.text.starts_with(part.text));
    case Operation::EndsWith:
      return truth(text.text.ends_with(part.text));
    case Operation::Contains:
      return truth(text.text.find(part.text) != std::string_view::npos);
    default:
      return integer(utf16_index(text.text, part.text));
  }
}

Value Evaluation::text_function(const FilterExpression& expression) {
  if (expression.operation == Operation::Concat) {
    const Value front = operand(expression, 0);
    const Value back = operand(expression, 1);
    return made(std::string(front.text).append(back.text));
  }
  const Value text = operand(expression, 0);
  if (text.is_null()) return {};
  switch (expression.operation) {
    case Operation::ToLower:
      return made(to_lower(text.text));
    case Operation::ToUpper:
      return made(to_upper(text.text));
    case Operation::Trim:
      return string(trim_spaces(text.text));
    default:
      return substring(expression);
  }
}

Value Evaluation::substring(const FilterExpression& expression) {
  const Value text = operand(expression, 0);
  const Value start = operand(expression, 1);
  std::optional<std::int64_t> count;
  if (expression.operands.size() == 3) count = operand(expression, 2).number;
  return string(utf16_substring(text.text, start.number, count));
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
  auto root = parse_filter(text);
  if (!root) return root.error();
  return Filter(std::make_unique<FilterExpression>(*std::move(root)));
}

Filter::Filter(std::unique_ptr<FilterExpression> root) : root_(std::move(root)) {}
Filter::~Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;

bool Filter::matches(const FilterSubject& subject) const {
  return Evaluation(subject).value_of(*root_).is_true();
}

}  // namespace webpubsub::hub
