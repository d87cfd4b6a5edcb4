#include "bridge/rules/filled_template.h"

#include <algorithm>
#include <utility>

namespace gateway {

FilledTemplate::FilledTemplate(const TextTemplate& text, const RuleTopics& topics,
                               std::string_view gateway_id) {
  const auto& names = topics.variables();
  for (const auto& part : text.parts()) {
    if (part.literal) {
      parts_.push_back({.text = part.text});
    } else if (part.text == "gateway.id") {
      parts_.push_back({.text = std::string(gateway_id)});
    } else if (part.text.starts_with('/')) {
      parts_.push_back({.ends_piece = true});
      pointers_.push_back(*Pointer::parse(part.text));
    } else {
      const auto at = std::find(names.begin(), names.end(), part.text) - names.begin();
      parts_.push_back({.literal = false, .variable = static_cast<std::size_t>(at)});
    }
  }
}

FilledTemplate::Pieces FilledTemplate::pieces(const std::vector<std::string_view>& captured) const {
  Pieces pieces(1);
  for (const auto& part : parts_) {
    if (part.ends_piece) {
      pieces.emplace_back();
    } else {
      pieces.back() += part.literal ? std::string_view(part.text) : captured[part.variable];
    }
  }
  return pieces;
}

bool FilledTemplate::fill(const Pieces& pieces, const Document& document, Arena& arena,
                          std::string& out) const {
  out = pieces.front();
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    const auto value = pointers_[i].find(document, arena);
    const bool fits = value.kind == Value::Kind::Text || value.kind == Value::Kind::Number ||
                      value.kind == Value::Kind::Bool;
    if (!fits) return false;
    out += value.text;
    out += pieces[i + 1];
  }
  return true;
}

std::optional<std::string> wrong_with_variable(std::string_view name, const RuleTopics& topics) {
  if (name == "gateway.id" || topics.has_variable(name)) return std::nullopt;
  if (name.starts_with('/')) {
    const auto pointer = Pointer::parse(name);
    if (pointer) return std::nullopt;
    return pointer.error().message;
  }
  std::string known = "{gateway.id}";
  for (const auto& each : topics.variables()) known += ", {" + each + "}";
  const bool several = topics.patterns().size() > 1;
  return "{" + std::string(name) + "} is not captured by " +
         (several ? "every topic of the rule" : "the topic") + "; known here: " + known +
         " and {/FIELD} of the payload";
}

}  // namespace gateway
