#include "bridge/rules/select/select.h"

#include <utility>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

Result<SelectedField> parse_selected_field(std::string name, std::string_view text,
                                           const RuleTopics& topics) {
  SelectedField field{.name = std::move(name)};
  if (text.empty() || text.front() == '/') {
    auto pointer = Pointer::parse(text);
    if (!pointer) return pointer.error();
    field.pointer = std::move(*pointer);
    return field;
  }
  auto parsed = TextTemplate::parse(
      text, [&](std::string_view variable) { return wrong_with_variable(variable, topics); });
  if (!parsed) return parsed.error();
  if (parsed->is_constant()) {
    return Error{Errc::InvalidArgument,
                 "a JSON pointer such as /data/temperature, a template such as \"{device}\", or "
                 "{constant: VALUE} expected; got \"" +
                     std::string(text) + "\""};
  }
  field.source = SelectedField::Source::Template;
  field.text = std::move(*parsed);
  return field;
}

Select::Select(std::vector<SelectedField> fields, const RuleTopics& topics,
               std::string_view gateway_id)
    : fields_(std::move(fields)) {
  for (const auto& field : fields_) templates_.emplace_back(field.text, topics, gateway_id);
}

bool Select::run(const MessageView& message, Arena& arena, Sample& sample) const {
  sample.fields.clear();
  sample.bare = false;
  const auto& document = message.document;
  if (!fields_.empty()) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto value = value_of(i, message, arena);
      if (value.kind != Value::Kind::Absent) sample.fields.push_back({fields_[i].name, value});
    }
    return !sample.fields.empty();
  }
  if (!document.is_object(document.root())) {
    sample.bare = true;
    sample.fields.push_back({kBareField, document.value(document.root(), arena)});
    return true;
  }
  for (auto each = document.first(document.root()); each != Document::kNone;
       each = document.next(each)) {
    sample.fields.push_back({document.key(each, arena), document.value(each, arena)});
  }
  return true;
}

Value Select::value_of(std::size_t field, const MessageView& message, Arena& arena) const {
  const auto& wanted = fields_[field];
  switch (wanted.source) {
    case SelectedField::Source::Payload:
      return wanted.pointer.find(message.document, arena);
    case SelectedField::Source::Constant:
      return wanted.constant.view();
    case SelectedField::Source::Template:
      break;
  }
  const auto& text = templates_[field];
  std::string filled;
  if (!text.fill(text.pieces(message.captured), message.document, arena, filled)) return {};
  return {Value::Kind::Text, arena.keep(filled)};
}

}  // namespace gateway
