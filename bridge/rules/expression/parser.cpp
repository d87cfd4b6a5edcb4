#include "bridge/rules/expression/parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bridge/rules/expression/lexer.h"

namespace gateway {

using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr std::size_t kMaxText = 4096;
constexpr int kMaxDepth = 64;

struct Function {
  std::string_view name{};
  Operation operation = Operation::Exists;
  std::size_t parts = 1;
  Type takes = Type::Any;
  Type gives = Type::Bool;
};
constexpr std::array kFunctions = {
    Function{"exists", Operation::Exists, 1, Type::Any, Type::Bool},
    Function{"number", Operation::ToNumber, 1, Type::Any, Type::Number},
    Function{"text", Operation::ToText, 1, Type::Any, Type::Text},
    Function{"lower", Operation::Lower, 1, Type::Text, Type::Text},
    Function{"upper", Operation::Upper, 1, Type::Text, Type::Text},
    Function{"length", Operation::Length, 1, Type::Text, Type::Number},
    Function{"contains", Operation::Contains, 2, Type::Text, Type::Bool},
    Function{"starts_with", Operation::StartsWith, 2, Type::Text, Type::Bool},
    Function{"ends_with", Operation::EndsWith, 2, Type::Text, Type::Bool},
    Function{"trim", Operation::Trim, 1, Type::Text, Type::Text},
    Function{"substring", Operation::Substring, 3, Type::Any, Type::Text},
    Function{"abs", Operation::Absolute, 1, Type::Number, Type::Number},
    Function{"round", Operation::Round, 1, Type::Number, Type::Number},
    Function{"floor", Operation::Floor, 1, Type::Number, Type::Number},
    Function{"min", Operation::Least, 2, Type::Number, Type::Number},
    Function{"max", Operation::Most, 2, Type::Number, Type::Number},
    Function{"hour", Operation::Hour, 1, Type::Number, Type::Number},
    Function{"weekday", Operation::Weekday, 1, Type::Number, Type::Number},
};

struct Infix {
  std::string_view symbol{};
  int level = 0;  // binds tighter the higher
  Operation operation = Operation::Or;
  Type takes = Type::Any;
  Type gives = Type::Bool;
};
constexpr int kComparison = 3;
constexpr int kTightest = 5;
constexpr std::array kInfixes = {
    Infix{"||", 1, Operation::Or, Type::Bool, Type::Bool},
    Infix{"&&", 2, Operation::And, Type::Bool, Type::Bool},
    Infix{"==", kComparison, Operation::Equal, Type::Any, Type::Bool},
    Infix{"!=", kComparison, Operation::NotEqual, Type::Any, Type::Bool},
    Infix{"<=", kComparison, Operation::LessEqual, Type::Any, Type::Bool},
    Infix{">=", kComparison, Operation::GreaterEqual, Type::Any, Type::Bool},
    Infix{"<", kComparison, Operation::Less, Type::Any, Type::Bool},
    Infix{">", kComparison, Operation::Greater, Type::Any, Type::Bool},
    Infix{"in", kComparison, Operation::In, Type::Any, Type::Bool},
    Infix{"matches", kComparison, Operation::Matches, Type::Text, Type::Bool},
    Infix{"+", 4, Operation::Add, Type::Number, Type::Number},
    Infix{"-", 4, Operation::Subtract, Type::Number, Type::Number},
    Infix{"*", kTightest, Operation::Multiply, Type::Number, Type::Number},
    Infix{"/", kTightest, Operation::Divide, Type::Number, Type::Number},
    Infix{"%", kTightest, Operation::Remainder, Type::Number, Type::Number},
};

std::string_view word_for(Type type) {
  switch (type) {
    case Type::Bool:
      return "true or false";
    case Type::Number:
      return "a number";
    case Type::Text:
      return "text";
    case Type::Any:
      break;
  }
  return "a value";
}

/// By recursive descent. Nothing as an answer: `error_` says why.
class Parser {
 public:
  Parser(std::vector<Token> tokens, const Expression::Names& names)
      : tokens_(std::move(tokens)), names_(names) {}

  Result<Program> parse() {
    const auto root = parse_infix(1);
    if (!root) return *error_;
    if (!is_at_end())
      return expression_error(next().at, "\"" + next().text + "\" is too much here");
    if (!fits(*root, Type::Bool, 0)) return *error_;
    program_.root = *root;
    return std::move(program_);
  }

 private:
  using Index = std::optional<std::uint32_t>;

  const Token& next() const { return tokens_[at_]; }
  bool is_at_end() const { return next().kind == Token::Kind::End; }
  bool accept(std::string_view symbol) {
    if (next().kind != Token::Kind::Symbol || next().text != symbol) return false;
    ++at_;
    return true;
  }
  Index fail(std::size_t at, const std::string& message) {
    if (!error_) error_ = expression_error(at, message);
    return std::nullopt;
  }
  Index expect(std::string_view symbol, std::uint32_t result) {
    if (accept(symbol)) return result;
    return fail(next().at, "'" + std::string(symbol) + "' expected");
  }
  std::uint32_t add(Node node) {
    program_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(program_.nodes.size() - 1);
  }
  Type type_of(std::uint32_t node) const { return program_.nodes[node].type; }

  bool fits(std::uint32_t node, Type wanted, std::size_t at) {
    const auto type = type_of(node);
    if (wanted == Type::Any || type == Type::Any || type == wanted) return true;
    std::string hint;
    if (wanted == Type::Number && type == Type::Text) hint = "; number(...) makes one of text";
    fail(at, std::string(word_for(wanted)) + " expected, this is " + std::string(word_for(type)) +
                 hint);
    return false;
  }

  Index parse_infix(int level) {
    if (level > kTightest) return parse_prefix();
    auto left_at = next().at;
    auto left = parse_infix(level + 1);
    while (left) {
      const auto* infix = infix_here(level);
      if (infix == nullptr) return left;
      const auto operator_at = next().at;
      ++at_;
      if (infix->operation == Operation::In) {
        left = parse_list(*left);
      } else if (infix->operation == Operation::Matches) {
        left = parse_pattern(*left, left_at);
      } else {
        left = join(*infix, *left, left_at, operator_at);
      }
      // "a < b < c" would mean something else than it says.
      if (left && level == kComparison && infix_here(level) != nullptr) {
        return fail(next().at, "comparisons cannot follow one another; join them with &&");
      }
    }
    return left;
  }

  const Infix* infix_here(int level) const {
    // "matches" is a word, which may name a field where a value stands.
    const bool may_be = next().kind == Token::Kind::Symbol || next().kind == Token::Kind::Name;
    if (!may_be) return nullptr;
    const auto* const found = std::find_if(
        kInfixes.begin(), kInfixes.end(),
        [&](const Infix& each) { return each.level == level && each.symbol == next().text; });
    return found == kInfixes.end() ? nullptr : found;
  }

  Index join(const Infix& infix, std::uint32_t left, std::size_t left_at, std::size_t operator_at) {
    const auto right_at = next().at;
    const auto right = parse_infix(infix.level + 1);
    if (!right) return std::nullopt;
    if (!fits(left, infix.takes, left_at) || !fits(*right, infix.takes, right_at)) {
      return std::nullopt;
    }
    const auto a = type_of(left);
    const auto b = type_of(*right);
    if (infix.level == kComparison && a != Type::Any && b != Type::Any && a != b) {
      return fail(operator_at, std::string(word_for(a)) + " and " + std::string(word_for(b)) +
                                   " are never compared; number(...) and text(...) convert");
    }
    const bool ordering = infix.level == kComparison && infix.operation != Operation::Equal &&
                          infix.operation != Operation::NotEqual;
    if (ordering && (a == Type::Bool || b == Type::Bool)) {
      return fail(operator_at, "true and false have no order");
    }
    return add({.operation = infix.operation, .type = infix.gives, .parts = {left, *right}});
  }

  /// The text behind "matches", which is known beforehand.
  Index parse_pattern(std::uint32_t left, std::size_t left_at) {
    const auto token = next();
    if (token.kind != Token::Kind::Text) {
      return fail(token.at, "a regular expression in quotes expected, as in \"^d[0-9]+$\"");
    }
    ++at_;
    if (!fits(left, Type::Text, left_at)) return std::nullopt;
    auto pattern = Pattern::parse(token.text);
    if (!pattern) return fail(token.at, pattern.error().message);
    return add({.operation = Operation::Matches,
                .type = Type::Bool,
                .parts = {left},
                .pattern = std::move(*pattern)});
  }

  /// `[a, b]` behind "in".
  Index parse_list(std::uint32_t left) {
    if (!accept("[")) return fail(next().at, "a list expected, as in [\"a\", \"b\"]");
    Node node{.operation = Operation::In, .type = Type::Bool, .parts = {left}};
    do {
      const auto at = next().at;
      const auto item = parse_infix(1);
      if (!item || !fits(*item, type_of(left), at)) return std::nullopt;
      node.parts.push_back(*item);
    } while (accept(","));
    return expect("]", add(std::move(node)));
  }

  Index parse_prefix() {
    const auto at = next().at;
    const bool negates = accept("-");
    if (!negates && !accept("!")) return parse_operand();
    if (++depth_ > kMaxDepth) return fail(at, "nested too deep");
    const auto part_at = next().at;
    // "not a == b" reads as "not (a == b)"; "!" binds the same, as the two are one.
    const auto part = negates ? parse_prefix() : parse_infix(kComparison);
    --depth_;
    const auto wanted = negates ? Type::Number : Type::Bool;
    if (!part || !fits(*part, wanted, part_at)) return std::nullopt;
    return add({.operation = negates ? Operation::Negate : Operation::Not,
                .type = wanted,
                .parts = {*part}});
  }

  Index parse_operand() {
    const auto token = next();
    if (token.kind == Token::Kind::Symbol || token.kind == Token::Kind::End) {
      if (!accept("(")) return fail(token.at, "a value expected");
      if (++depth_ > kMaxDepth) return fail(token.at, "nested too deep");
      const auto inside = parse_infix(1);
      --depth_;
      return inside ? expect(")", *inside) : std::nullopt;
    }
    ++at_;
    switch (token.kind) {
      case Token::Kind::Number:
        return number(token);
      case Token::Kind::Text:
        return constant({Value::Kind::Text, token.text}, Type::Text);
      case Token::Kind::Pointer:
        return pointer(token);
      default:
        return name(token);
    }
  }

  Index number(const Token& token) {
    const auto value = parse_number(token.text);
    if (!value) return fail(token.at, "\"" + token.text + "\" is no number");
    const auto node = constant({Value::Kind::Number, token.text}, Type::Number);
    program_.nodes[node].number = *value;
    return node;
  }

  std::uint32_t constant(OwnedValue value, Type type) {
    return add({.type = type, .constant = std::move(value)});
  }

  Index pointer(const Token& token) {
    auto parsed = Pointer::parse(token.text);
    if (!parsed) return fail(token.at, parsed.error().message);
    return add({.operation = Operation::InPayload, .pointer = std::move(*parsed)});
  }

  Index name(const Token& token) {
    if (accept("(")) return call(token);
    const auto& text = token.text;
    if (text == "true" || text == "false") {
      return constant({Value::Kind::Bool, text}, Type::Bool);
    }
    if (text == "null") return constant({Value::Kind::Null, text}, Type::Any);
    const auto* fields = names_.fields;
    if (fields != nullptr && std::find(fields->begin(), fields->end(), text) != fields->end()) {
      return add({.operation = Operation::Field, .text = text});
    }
    const auto& variables = names_.variables;
    const auto variable = std::find(variables.begin(), variables.end(), text);
    if (variable != variables.end()) {
      return add({.operation = Operation::Captured,
                  .type = Type::Text,
                  .index = static_cast<std::size_t>(variable - variables.begin())});
    }
    if (text == "topic") return add({.operation = Operation::Topic, .type = Type::Text});
    if (text == "qos") return add({.operation = Operation::Qos, .type = Type::Number});
    if (text == "time") return add({.operation = Operation::Time, .type = Type::Number});
    if (text == "retained") return add({.operation = Operation::Retained, .type = Type::Bool});
    if (fields == nullptr) return add({.operation = Operation::Field, .text = text});
    return fail(token.at, "\"" + text + "\" is no field that select makes, nor a capture; /" +
                              text + " reads it from the payload");
  }

  Index call(const Token& token) {
    const auto* const found =
        std::find_if(kFunctions.begin(), kFunctions.end(),
                     [&](const Function& each) { return each.name == token.text; });
    if (found == kFunctions.end()) {
      std::string known;
      for (const auto& each : kFunctions)
        known += (known.empty() ? "" : ", ") + std::string(each.name);
      return fail(token.at, "there is no " + token.text + "(); known: " + known);
    }
    if (++depth_ > kMaxDepth) return fail(token.at, "nested too deep");
    Node node{.operation = found->operation, .type = found->gives};
    do {
      const auto at = next().at;
      const auto part = parse_infix(1);
      if (!part || !fits(*part, found->takes, at)) return std::nullopt;
      node.parts.push_back(*part);
    } while (accept(","));
    --depth_;
    if (node.parts.size() != found->parts) {
      constexpr std::array kCounts = {"no value", "one value", "two values", "three values"};
      return fail(token.at, token.text + "() takes " + kCounts[found->parts]);
    }
    return expect(")", add(std::move(node)));
  }

  std::vector<Token> tokens_;
  const Expression::Names& names_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Program program_{};
  std::optional<Error> error_{};
};

}  // namespace

Result<Program> parse_expression(std::string_view text, const Expression::Names& names) {
  if (text.size() > kMaxText) {
    return expression_error(kMaxText, "an expression has at most 4096 bytes");
  }
  auto tokens = split_expression(text);
  if (!tokens) return tokens.error();
  return Parser(std::move(*tokens), names).parse();
}

}  // namespace gateway
