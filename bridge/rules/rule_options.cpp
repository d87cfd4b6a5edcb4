#include "bridge/rules/rule_options.h"

#include <algorithm>

#include "bridge/rules/decode/decoder.h"
#include "bridge/rules/filled_template.h"
#include "webpubsub/protocol/names.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

Result<TextTemplate> parse_group(std::string_view text, const RuleTopics& topics) {
  auto group = TextTemplate::parse(
      text, [&](std::string_view name) { return wrong_with_variable(name, topics); });
  if (!group) return group;
  if (text.empty()) return Error{Errc::InvalidArgument, "a group cannot be empty"};
  std::string literals;
  for (const auto& part : group->parts()) literals += part.literal ? part.text : "";
  // What is missing or blank, variables may make good.
  const bool may_be_blank =
      !group->is_constant() && literals.find_first_not_of(' ') == literals.npos;
  if (!may_be_blank && !is_valid_group(literals)) {
    return Error{Errc::InvalidArgument,
                 "a group has 1 to 1024 characters, not all of them blank, and no control "
                 "characters"};
  }
  return group;
}

bool rewrites_payload(const RuleOptions& rule) {
  return needs_decoder(rule) || rule.jq.is_set() || !rule.select.empty() || !rule.convert.empty() ||
         rule.window.is_set();
}

bool looks_into_payload(const RuleOptions& rule) {
  return rewrites_payload(rule) || rule.where || rule.thin.is_set() || uses_payload(rule.group) ||
         rule.time.source == TimeOptions::Source::Field || needs_fields(rule);
}

bool needs_fields(const RuleOptions& rule) {
  return rule.format == Format::Senml || rule.format == Format::Object;
}

bool uses_payload(const TextTemplate& text) {
  return std::any_of(text.parts().begin(), text.parts().end(),
                     [](const auto& part) { return !part.literal && part.text.starts_with('/'); });
}

bool is_valid_group(std::string_view name) {
  return webpubsub::is_valid_group_name(name) && std::none_of(name.begin(), name.end(), is_control);
}

}  // namespace gateway
