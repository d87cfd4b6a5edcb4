// What a stage of a rule sees of a payload: one value, as text.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Numbers stay the digits they came in until a stage computes with them. Views into the payload or
/// into the arena of the rule.
struct Value {
  enum class Kind : std::uint8_t { Absent, Null, Bool, Number, Text, Json };
  Kind kind = Kind::Absent;
  std::string_view text{};  // "true", digits, decoded text, or the JSON of an object or array

  bool operator==(const Value&) const = default;
};

/// One that stays: a constant of the configuration, or what was forwarded last.
struct OwnedValue {
  Value::Kind kind = Value::Kind::Absent;
  std::string text{};

  Value view() const { return {kind, text}; }
  void assign(const Value& value) {
    kind = value.kind;
    text = value.text;
  }
  bool operator==(const OwnedValue&) const = default;
};

/// Of a Number; nothing for other kinds.
std::optional<double> as_number(const Value& value);
/// Of decimal digits such as "-1.5e3", the whole of `text`; nothing else, and nothing infinite.
std::optional<double> parse_number(std::string_view text);
/// The shortest digits that read back as `number`, which is finite.
std::string format_number(double number);
/// Appends it as JSON; what is absent as null.
void append_json(std::string& out, const Value& value);

}  // namespace gateway
