#include "bridge/rules/value.h"
#include "config/sections/command_parts.h"
#include "config/words.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway::config {
namespace {

/// A scalar as JSON text: plain numbers, true, false and null as they are, anything else as text.
std::optional<std::string> read_scalar(const Value& value) {
  auto text = value.text();
  if (!text) return std::nullopt;
  const bool plain = !value.node()->quoted && webpubsub::is_valid_json(*text);
  // A plain JSON value that is neither a string nor a list nor an object.
  if (plain && text->find_first_of("\"[{ ") == std::string::npos) return text;
  std::string json;
  webpubsub::append_json_string(json, *text);
  return json;
}

void read_one_of(const Value& list, std::vector<std::string>& one_of) {
  for (const auto& item : list.items()) {
    if (!item.given()) {
      one_of.emplace_back("null");
    } else if (auto json = read_scalar(item)) {
      one_of.push_back(std::move(*json));
    }
  }
  if (list.given() && list.node()->kind == YamlNode::Kind::Sequence && list.node()->items.empty()) {
    list.report("at least one value expected");
  }
}

std::optional<double> read_bound(const Value& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  const auto number = parse_number(*text);
  if (!number) value.report_unexpected("a number such as 0.1 or -40", *text);
  return number;
}

void check_bounds(const Value& value, const CommandCondition& condition) {
  const auto least = condition.min ? condition.min : condition.above;
  const auto most = condition.max ? condition.max : condition.below;
  if (least && most && *least > *most) value.report("nothing lies between these bounds");
  const bool bounds = least || most;
  const bool number = condition.type == ValueType::Any || condition.type == ValueType::Number ||
                      condition.type == ValueType::Integer;
  if (bounds && !number) value.report("min, max, above and below are for numbers");
  const bool text = condition.type == ValueType::Any || condition.type == ValueType::Text;
  if (condition.max_length && (bounds || !text)) value.report("max_length is for texts");
}

void read_check(const Value& value, CommandCondition& condition) {
  auto section = value.section();
  read_one_of(section.at("one_of"), condition.one_of);
  assign(condition.type, read_word(section.at("type"), kValueTypes));
  condition.min = read_bound(section.at("min"));
  condition.max = read_bound(section.at("max"));
  condition.above = read_bound(section.at("above"));
  condition.below = read_bound(section.at("below"));
  if (const auto length = section.at("max_length").integer(1, 1'000'000)) {
    condition.max_length = static_cast<std::size_t>(*length);
  }
  assign(condition.required, section.at("required").boolean());
  section.finish();
  check_bounds(value, condition);
}

std::optional<CommandCondition> begin(const std::string& pointer, const Value& value) {
  if (!pointer.empty() && is_valid_json_pointer(pointer)) {
    return CommandCondition{.pointer = pointer};
  }
  value.report("a JSON pointer such as /type expected as the key");
  return std::nullopt;
}

void read_condition(const std::string& pointer, const Value& value,
                    std::vector<CommandCondition>& conditions) {
  auto condition = begin(pointer, value);
  if (!condition) return;
  if (!value.given()) {
    // More likely forgotten than meant.
    value.report("a value expected, \"*\" for any, or {one_of: [null]} for null");
  } else if (value.node()->kind == YamlNode::Kind::Map) {
    read_check(value, *condition);
  } else if (value.node()->kind == YamlNode::Kind::Sequence) {
    value.report("text, a number, \"*\" or {one_of: [...]} expected");
  } else if (auto json = read_scalar(value); json && *json != "\"*\"") {
    condition->one_of.push_back(std::move(*json));
  }
  conditions.push_back(std::move(*condition));
}

}  // namespace

void read_when(const Value& when, std::vector<CommandCondition>& conditions) {
  for (const auto& [pointer, value] : when.members()) read_condition(pointer, value, conditions);
}

void read_arguments(const Value& arguments, std::vector<CommandCondition>& conditions) {
  for (const auto& [pointer, value] : arguments.members()) {
    auto condition = begin(pointer, value);
    if (!condition) continue;
    if (!value.given() || value.node()->kind != YamlNode::Kind::Map) {
      value.report("what it may be expected, such as {type: number, min: 10, max: 30}");
    } else {
      read_check(value, *condition);
    }
    conditions.push_back(std::move(*condition));
  }
}

}  // namespace gateway::config
