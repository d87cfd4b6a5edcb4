#include "bridge/rules/expression/expression.h"

#include <cmath>
#include <utility>

#include "base/trimmed.h"
#include "bridge/rules/expression/parser.h"
#include "bridge/rules/expression/program.h"

namespace gateway {

using webpubsub::Result;
using webpubsub::trimmed;

namespace {

/// A value on its way through the expression. Numbers are numbers here.
struct Item {
  enum class Kind : std::uint8_t { Absent, Null, Bool, Number, Text, Other };
  Kind kind = Kind::Absent;
  bool flag = false;
  double number = 0;
  std::string_view text{};
};

Item of(bool flag) { return {.kind = Item::Kind::Bool, .flag = flag}; }
Item of(double number) {
  if (!std::isfinite(number)) return {};
  return {.kind = Item::Kind::Number, .number = number};
}
Item of(std::string_view text) { return {.kind = Item::Kind::Text, .text = text}; }

Item of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Absent:
      return {};
    case Value::Kind::Null:
      return {.kind = Item::Kind::Null};
    case Value::Kind::Bool:
      return of(value.text == "true");
    case Value::Kind::Number: {
      const auto number = parse_number(value.text);
      return number ? of(*number) : Item{};
    }
    case Value::Kind::Text:
      return of(value.text);
    case Value::Kind::Json:
      return {.kind = Item::Kind::Other};
  }
  return {};
}

bool equal(const Item& a, const Item& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Item::Kind::Absent:
    case Item::Kind::Other:
      return false;
    case Item::Kind::Null:
      return true;
    case Item::Kind::Bool:
      return a.flag == b.flag;
    case Item::Kind::Number:
      return a.number == b.number;
    case Item::Kind::Text:
      return a.text == b.text;
  }
  return false;
}

/// -1, 0 or 1 for less, equal, greater; 2 for what has no order.
int order(const Item& a, const Item& b) {
  constexpr int kNone = 2;
  if (a.kind != b.kind) return kNone;
  if (a.kind == Item::Kind::Number) return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  if (a.kind == Item::Kind::Text) return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  return kNone;
}

class Evaluation {
 public:
  Evaluation(const Program& program, const Expression::Scope& scope)
      : program_(program), scope_(scope) {}

  bool holds(std::uint32_t node) const {
    const auto item = evaluate(program_.nodes[node]);
    return item.kind == Item::Kind::Bool && item.flag;
  }

 private:
  Item part(const Node& node, std::size_t index) const {
    return evaluate(program_.nodes[node.parts[index]]);
  }

  Item evaluate(const Node& node) const {
    if (node.operation <= Operation::Time) return value_of(node);
    if (node.operation <= Operation::In) return of(truth_of(node));
    if (node.operation <= Operation::Negate) return of(number_of(node));
    return result_of(node);
  }

  Item value_of(const Node& node) const {
    const auto& message = scope_.message;
    switch (node.operation) {
      case Operation::Constant:
        if (node.type == Type::Number) return of(node.number);
        return of(node.constant.view());
      case Operation::Field: {
        const auto* field = scope_.sample.find(node.text);
        return field == nullptr ? Item{} : of(field->value);
      }
      case Operation::InPayload:
        return of(node.pointer.find(message.document, scope_.arena));
      case Operation::Captured:
        return of(message.captured[node.index]);
      case Operation::Topic:
        return of(message.topic);
      case Operation::Qos:
        return of(static_cast<double>(message.qos));
      case Operation::Retained:
        return of(message.retained);
      default:
        return of(static_cast<double>(message.time));
    }
  }

  bool truth_of(const Node& node) const {
    switch (node.operation) {
      case Operation::Or:
        return holds(node.parts[0]) || holds(node.parts[1]);
      case Operation::And:
        return holds(node.parts[0]) && holds(node.parts[1]);
      case Operation::Not:
        return !holds(node.parts[0]);
      case Operation::Equal:
        return equal(part(node, 0), part(node, 1));
      case Operation::NotEqual:
        return !equal(part(node, 0), part(node, 1));
      case Operation::Less:
        return order(part(node, 0), part(node, 1)) == -1;
      case Operation::LessEqual: {
        const auto found = order(part(node, 0), part(node, 1));
        return found == -1 || found == 0;
      }
      case Operation::Greater:
        return order(part(node, 0), part(node, 1)) == 1;
      case Operation::GreaterEqual: {
        const auto found = order(part(node, 0), part(node, 1));
        return found == 1 || found == 0;
      }
      case Operation::Matches: {
        const auto text = part(node, 0);
        return text.kind == Item::Kind::Text && node.pattern->matches(text.text);
      }
      default:
        return is_in(node);
    }
  }

  bool is_in(const Node& node) const {
    const auto wanted = part(node, 0);
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
      if (equal(wanted, part(node, i))) return true;
    }
    return false;
  }

  /// Not a number where a part is none.
  double number_of(const Node& node) const {
    const auto a = part(node, 0);
    const auto b = node.operation == Operation::Negate ? of(0.0) : part(node, 1);
    if (a.kind != Item::Kind::Number || b.kind != Item::Kind::Number) return std::nan("");
    switch (node.operation) {
      case Operation::Add:
        return a.number + b.number;
      case Operation::Subtract:
        return a.number - b.number;
      case Operation::Multiply:
        return a.number * b.number;
      case Operation::Divide:
        return a.number / b.number;
      case Operation::Remainder:
        return std::fmod(a.number, b.number);
      default:
        return -a.number;
    }
  }

  Item result_of(const Node& node) const {
    const auto a = part(node, 0);
    if (node.operation == Operation::Exists) return of(a.kind != Item::Kind::Absent);
    if (node.operation == Operation::ToNumber) return to_number(a);
    if (node.operation == Operation::ToText) return to_text(a);
    if (node.operation >= Operation::Absolute) {
      return a.kind == Item::Kind::Number ? of(calculate(node, a.number)) : Item{};
    }
    if (a.kind != Item::Kind::Text) return {};
    if (node.operation == Operation::Length) return of(static_cast<double>(a.text.size()));
    if (node.operation == Operation::Lower) return in_case(a.text, 'A', 'Z');
    if (node.operation == Operation::Upper) return in_case(a.text, 'a', 'z');
    if (node.operation == Operation::Trim) return of(trimmed(a.text));
    const auto b = part(node, 1);
    if (node.operation == Operation::Substring) return substring(a.text, b, part(node, 2));
    if (b.kind != Item::Kind::Text) return {};
    if (node.operation == Operation::StartsWith) return of(a.text.starts_with(b.text));
    if (node.operation == Operation::EndsWith) return of(a.text.ends_with(b.text));
    return of(a.text.find(b.text) != std::string_view::npos);
  }

  /// Not a number where a part is none.
  double calculate(const Node& node, double a) const {
    constexpr double kHour = 3'600'000;
    constexpr double kDay = 24 * kHour;
    switch (node.operation) {
      case Operation::Round:
        return std::round(a);
      case Operation::Floor:
        return std::floor(a);
      case Operation::Hour:
        return std::floor(std::fmod(std::fmod(a, kDay) + kDay, kDay) / kHour);
      case Operation::Weekday: {  // the first of January 1970 was a Thursday
        const auto day = std::fmod(std::floor(a / kDay) + 3, 7);
        return (day < 0 ? day + 7 : day) + 1;
      }
      case Operation::Least:
      case Operation::Most: {
        const auto b = part(node, 1);
        if (b.kind != Item::Kind::Number) return std::nan("");
        return node.operation == Operation::Least ? std::fmin(a, b.number) : std::fmax(a, b.number);
      }
      default:
        return std::abs(a);
    }
  }

  /// What of it is there; nothing for places that are none.
  static Item substring(std::string_view text, const Item& from, const Item& length) {
    const bool right = from.kind == Item::Kind::Number && length.kind == Item::Kind::Number &&
                       from.number >= 0 && length.number >= 0;
    if (!right || from.number > static_cast<double>(text.size())) return {};
    const auto most = static_cast<double>(text.size()) - from.number;
    return of(text.substr(static_cast<std::size_t>(from.number),
                          static_cast<std::size_t>(std::fmin(length.number, most))));
  }

  static Item to_number(const Item& item) {
    if (item.kind == Item::Kind::Number) return item;
    if (item.kind == Item::Kind::Bool) return of(item.flag ? 1.0 : 0.0);
    if (item.kind != Item::Kind::Text) return {};
    const auto number = parse_number(item.text);
    return number ? of(*number) : Item{};
  }

  Item to_text(const Item& item) const {
    if (item.kind == Item::Kind::Text) return item;
    if (item.kind == Item::Kind::Bool) return of(std::string_view(item.flag ? "true" : "false"));
    if (item.kind != Item::Kind::Number) return {};
    return of(scope_.arena.keep(format_number(item.number)));
  }

  /// With the letters from `first` to `last` in their other case. ASCII only, whatever the locale.
  Item in_case(std::string_view text, char first, char last) const {
    std::string other(text);
    for (char& c : other) {
      if (c >= first && c <= last) c = static_cast<char>(c ^ 0x20);
    }
    return of(scope_.arena.keep(other));
  }

  const Program& program_;
  const Expression::Scope& scope_;
};

}  // namespace

Result<Expression> Expression::parse(std::string_view text, const Names& names) {
  auto program = parse_expression(text, names);
  if (!program) return program.error();
  Expression expression;
  expression.text_ = text;
  expression.program_ = std::make_shared<const Program>(std::move(*program));
  return expression;
}

bool Expression::evaluate(const Scope& scope) const {
  return Evaluation(*program_, scope).holds(program_->root);
}

}  // namespace gateway
