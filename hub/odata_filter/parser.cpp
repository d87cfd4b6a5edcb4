#include "hub/odata_filter/parser.h"

#include <array>
#include <optional>
#include <utility>

#include "hub/odata_filter/lexer.h"
#include "hub/text.h"

namespace webpubsub::hub {

namespace {

using Kind = FilterTokenKind;
using Operation = FilterOperation;
using Type = FilterType;

// The service's limit is about this.
constexpr int kMaxOperations = 100;
constexpr int kMaxDepth = 100;

struct Word {
  std::string_view name;
  Operation operation;
};

struct Function {
  std::string_view name;
  Operation operation;
  Type result;
  std::array<Type, 3> parameters;  // Null: none
  std::size_t required;
};

constexpr Word kFields[] = {{"userId", Operation::UserId},
                            {"connectionId", Operation::ConnectionId},
                            {"protocol", Operation::Protocol},
                            {"groups", Operation::Groups}};
constexpr Word kComparisons[] = {{"eq", Operation::Equal},   {"ne", Operation::NotEqual},
                                 {"gt", Operation::Greater}, {"ge", Operation::GreaterOrEqual},
                                 {"lt", Operation::Less},    {"le", Operation::LessOrEqual}};
// length takes a collection, too.
constexpr Function kFunctions[] = {
    {"tolower", Operation::ToLower, Type::String, {Type::String}, 1},
    {"toupper", Operation::ToUpper, Type::String, {Type::String}, 1},
    {"trim", Operation::Trim, Type::String, {Type::String}, 1},
    {"concat", Operation::Concat, Type::String, {Type::String, Type::String}, 2},
    {"substring",
     Operation::Substring,
     Type::String,
     {Type::String, Type::Integer, Type::Integer},
     2},
    {"contains", Operation::Contains, Type::Boolean, {Type::String, Type::String}, 2},
    {"startswith", Operation::StartsWith, Type::Boolean, {Type::String, Type::String}, 2},
    {"endswith", Operation::EndsWith, Type::Boolean, {Type::String, Type::String}, 2},
    {"indexof", Operation::IndexOf, Type::Integer, {Type::String, Type::String}, 2},
    {"length", Operation::Length, Type::Integer, {Type::String}, 1},
};

template <class Entry, std::size_t count>
const Entry* find(const Entry (&list)[count], std::string_view name) {
  for (const Entry& entry : list) {
    if (equals_ignoring_case(entry.name, name)) return &entry;
  }
  return nullptr;
}

bool is_integer_comparison(Operation operation) {
  return operation != Operation::Equal && operation != Operation::NotEqual;
}

bool fits(Type given, Type wanted) { return given == wanted || given == Type::Null; }

/// Recursive descent, one token ahead. The first error ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lexer_(text) {}

  Result<FilterExpression> parse() {
    advance();
    FilterExpression root = any_of();
    if (!error_ && token_.kind != Kind::End) fail("an operator or the end is expected");
    if (!error_ && root.type != Type::Boolean) fail_type("the filter is no condition", 0);
    if (error_) return *std::move(error_);
    return root;
  }

 private:
  FilterExpression any_of() { return chain("or", Operation::Or, &Parser::all_of); }
  FilterExpression all_of() { return chain("and", Operation::And, &Parser::comparison); }
  FilterExpression chain(std::string_view word, Operation operation,
                         FilterExpression (Parser::*part)());
  FilterExpression comparison();
  FilterExpression membership(FilterExpression element, std::size_t position);
  FilterExpression list_of(FilterExpression element, std::size_t position);
  FilterExpression unary();
  FilterExpression primary();
  FilterExpression word();
  FilterExpression call(const Function& function, std::size_t position);

  bool is_word(std::string_view name) const {
    return token_.kind == Kind::Word && equals_ignoring_case(token_.source, name);
  }
  bool accept(Kind kind) {
    if (error_ || token_.kind != kind) return false;
    advance();
    return true;
  }
  void expect(Kind kind, const char* what) {
    if (!accept(kind) && !error_) fail(what);
  }
  void advance() {
    auto next = lexer_.next();
    if (next) {
      token_ = *std::move(next);
    } else {
      set_error(next.error());
    }
  }
  FilterExpression made(Operation operation, Type type, std::vector<FilterExpression> operands) {
    if (++operations_ > kMaxOperations) fail("more than 100 operations");
    return {.operation = operation, .type = type, .operands = std::move(operands)};
  }
  FilterExpression fail(std::string_view why) {
    set_error(filter_syntax_error(text_.substr(token_.position), token_.position, why));
    return {};
  }
  FilterExpression fail_type(std::string_view why, std::size_t position) {
    set_error(filter_syntax_error(text_.substr(position), position, why));
    return {};
  }
  void set_error(Error error) {
    if (!error_) error_ = std::move(error);
    token_ = {.position = token_.position};  // nothing more to read
  }

  std::string_view text_;
  FilterLexer lexer_;
  FilterToken token_;
  std::optional<Error> error_;
  int operations_ = 0;
  int depth_ = 0;
};

FilterExpression Parser::chain(std::string_view word, Operation operation,
                               FilterExpression (Parser::*part)()) {
  std::size_t position = token_.position;
  FilterExpression left = (this->*part)();
  while (!error_ && is_word(word)) {
    advance();
    const std::size_t right_position = token_.position;
    FilterExpression right = (this->*part)();
    if (left.type != Type::Boolean) return fail_type("not a condition", position);
    if (right.type != Type::Boolean) return fail_type("not a condition", right_position);
    position = right_position;
    std::vector<FilterExpression> operands;
    operands.push_back(std::move(left));
    operands.push_back(std::move(right));
    left = made(operation, Type::Boolean, std::move(operands));
  }
  return left;
}

FilterExpression Parser::comparison() {
  const std::size_t position = token_.position;
  FilterExpression left = unary();
  if (error_ || token_.kind != Kind::Word) return left;
  if (is_word("in")) {
    advance();
    return membership(std::move(left), position);
  }
  const Word* word = find(kComparisons, token_.source);
  if (word == nullptr) return left;
  advance();
  FilterExpression right = unary();
  if (error_) return left;
  const bool integers = is_integer_comparison(word->operation);
  const bool comparable = integers
                              ? fits(left.type, Type::Integer) && fits(right.type, Type::Integer)
                              : fits(left.type, right.type) || right.type == Type::Null;
  if (!comparable || left.type == Type::Collection || right.type == Type::Collection) {
    return fail_type("the two sides cannot be compared", position);
  }
  std::vector<FilterExpression> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  return made(word->operation, Type::Boolean, std::move(operands));
}

FilterExpression Parser::membership(FilterExpression element, std::size_t position) {
  const bool in_brackets = accept(Kind::Open);
  if (!error_ && is_word("groups")) {
    advance();
    if (in_brackets) expect(Kind::Close, "')' is expected");
    if (!fits(element.type, Type::String)) return fail_type("no name of a group", position);
    std::vector<FilterExpression> operands;
    operands.push_back(std::move(element));
    return made(Operation::InGroups, Type::Boolean, std::move(operands));
  }
  if (!in_brackets) return fail("a list or 'groups' is expected");
  return list_of(std::move(element), position);
}

FilterExpression Parser::list_of(FilterExpression element, std::size_t position) {
  if (element.type == Type::Collection) return fail_type("a collection is in no list", position);
  const Type type = element.type;
  std::vector<FilterExpression> operands;
  operands.push_back(std::move(element));
  do {
    const std::size_t item_position = token_.position;
    FilterExpression item = unary();
    if (error_) return {};
    if (!fits(item.type, type) && type != Type::Null) {
      return fail_type("of another type than what is looked for", item_position);
    }
    operands.push_back(std::move(item));
  } while (accept(Kind::Comma));
  expect(Kind::Close, "',' or ')' is expected");
  return made(Operation::InList, Type::Boolean, std::move(operands));
}

FilterExpression Parser::unary() {
  if (++depth_ > kMaxDepth) return fail("more than 100 levels");
  FilterExpression result;
  if (is_word("not")) {
    advance();
    const std::size_t position = token_.position;
    FilterExpression operand = unary();
    if (!error_ && operand.type != Type::Boolean) {
      return fail_type("'not' binds tighter than a comparison: put it in brackets", position);
    }
    std::vector<FilterExpression> operands;
    operands.push_back(std::move(operand));
    result = made(Operation::Not, Type::Boolean, std::move(operands));
  } else {
    result = primary();
  }
  --depth_;
  return result;
}

FilterExpression Parser::primary() {
  switch (token_.kind) {
    case Kind::String: {
      FilterExpression constant{.type = Type::String, .text = std::move(token_.text)};
      advance();
      return constant;
    }
    case Kind::Integer: {
      FilterExpression constant{.type = Type::Integer, .number = token_.number};
      advance();
      return constant;
    }
    case Kind::Open: {
      advance();
      FilterExpression inner = any_of();
      expect(Kind::Close, "')' is expected");
      return inner;
    }
    case Kind::Word:
      return word();
    default:
      return fail("an operand is expected");
  }
}

FilterExpression Parser::word() {
  const FilterToken name = token_;
  advance();
  if (token_.kind == Kind::Open) {
    if (const Function* function = find(kFunctions, name.source)) {
      return call(*function, name.position);
    }
  } else if (const Word* field = find(kFields, name.source)) {
    const bool is_groups = field->operation == Operation::Groups;
    return {.operation = field->operation, .type = is_groups ? Type::Collection : Type::String};
  } else if (equals_ignoring_case(name.source, "null")) {
    return {};
  } else if (equals_ignoring_case(name.source, "true")) {
    return {.type = Type::Boolean, .number = 1};
  } else if (equals_ignoring_case(name.source, "false")) {
    return {.type = Type::Boolean, .number = 0};
  }
  set_error(
      Error{Errc::InvalidArgument, "Token '" + std::string(name.source) + "' is not supported."});
  return {};
}

FilterExpression Parser::call(const Function& function, std::size_t position) {
  advance();
  std::vector<FilterExpression> operands;
  while (!error_ && token_.kind != Kind::Close) {
    const std::size_t argument_position = token_.position;
    FilterExpression argument = any_of();
    if (error_) return {};
    const std::size_t index = operands.size();
    const Type wanted =
        index < function.parameters.size() ? function.parameters[index] : Type::Null;
    const bool counts_groups =
        function.operation == Operation::Length && argument.type == Type::Collection;
    if (wanted == Type::Null) return fail_type("too many arguments", argument_position);
    if (!fits(argument.type, wanted) && !counts_groups) {
      return fail_type("an argument of the wrong type", argument_position);
    }
    operands.push_back(std::move(argument));
    if (!accept(Kind::Comma)) break;
  }
  expect(Kind::Close, "',' or ')' is expected");
  if (!error_ && operands.size() < function.required) {
    return fail_type("too few arguments", position);
  }
  return made(function.operation, function.result, std::move(operands));
}

}  // namespace

Result<FilterExpression> parse_filter(std::string_view text) { return Parser(text).parse(); }

}  // namespace webpubsub::hub
