#include "bridge/downlink/condition.h"

#include <algorithm>

#include "bridge/rules/value.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

using Kind = JsonValue::Kind;

/// 21 and 21.0 are whole, and so is 1e3.
bool is_whole(std::string_view number) {
  if (number.find_first_of(".eE") == std::string_view::npos) return true;
  constexpr double kLimit = 9'007'199'254'740'992.0;  // beyond it a double knows no fractions
  const auto value = parse_number(number);
  if (!value || *value > kLimit || *value < -kLimit) return false;
  const auto truncated = static_cast<double>(static_cast<long long>(*value));
  return truncated >= *value && truncated <= *value;
}

bool has_type(const JsonValue& value, ValueType type) {
  switch (type) {
    case ValueType::Any:
      return true;
    case ValueType::Text:
      return value.kind == Kind::String;
    case ValueType::Number:
      return value.kind == Kind::Number;
    case ValueType::Integer:
      return value.kind == Kind::Number && is_whole(value.text);
    case ValueType::Boolean:
      return value.kind == Kind::True || value.kind == Kind::False;
    case ValueType::Object:
      return value.kind == Kind::Container && value.text.starts_with('{');
    case ValueType::Array:
      return value.kind == Kind::Container && value.text.starts_with('[');
  }
  return false;
}

}  // namespace

JsonValue parse_json_value(std::string_view text) {
  JsonLookup whole;
  whole.add("");
  return webpubsub::is_valid_json(text) ? whole.find(text).front() : JsonValue{};
}

Condition::Condition(const CommandCondition& options)
    : options_(options), compares_(options.min || options.max || options.above || options.below) {
  one_of_.reserve(options.one_of.size());
  for (const auto& text : options.one_of) one_of_.push_back(parse_json_value(text));
}

bool Condition::holds(const JsonValue& value) const {
  if (value.kind == Kind::Absent) return !options_.required;
  if (!has_type(value, options_.type)) return false;
  if (options_.max_length &&
      (value.kind != Kind::String || value.text.size() > *options_.max_length)) {
    return false;
  }
  if (compares_) {
    if (value.kind != Kind::Number) return false;
    const auto number = parse_number(value.text);
    if (!number) return false;
    if (options_.min && *number < *options_.min) return false;
    if (options_.max && *number > *options_.max) return false;
    if (options_.above && *number <= *options_.above) return false;
    if (options_.below && *number >= *options_.below) return false;
  }
  return one_of_.empty() ||
         std::any_of(one_of_.begin(), one_of_.end(),
                     [&](const JsonValue& wanted) { return equal_scalars(value, wanted); });
}

}  // namespace gateway
