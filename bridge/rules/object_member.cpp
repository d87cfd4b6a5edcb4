#include "bridge/rules/object_member.h"

#include <utility>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

std::string ObjectMember::spelled() const {
  switch (source) {
    case Source::Field:
      return "/" + field;
    case Source::Data:
      return "/";
    case Source::Time:
      return "{time}";
    case Source::Text:
      return text.text();
    case Source::Constant:
      break;
  }
  return {};
}

Result<ObjectMember> parse_object_member(std::string name, std::string_view text,
                                         const RuleTopics& topics) {
  ObjectMember member{.name = std::move(name)};
  if (text == "/") {
    member.source = ObjectMember::Source::Data;
    return member;
  }
  if (text == "{time}") {
    member.source = ObjectMember::Source::Time;
    return member;
  }
  if (text.starts_with('/')) {
    member.field = text.substr(1);
    return member;
  }
  auto parsed = TextTemplate::parse(text, [&](std::string_view variable) {
    const bool known = variable == "gateway.id" || variable == "rule" || variable == "topic" ||
                       topics.has_variable(variable);
    return known ? std::optional<std::string>()
                 : "{" + std::string(variable) +
                       "} is no capture of every topic, nor gateway.id, rule or topic";
  });
  if (!parsed) return parsed.error();
  if (parsed->is_constant()) {
    return Error{Errc::InvalidArgument,
                 "a field such as /temperature, a template such as \"{device}\", {time}, / or "
                 "{constant: VALUE} expected; got \"" +
                     std::string(text) + "\""};
  }
  member.source = ObjectMember::Source::Text;
  member.text = std::move(*parsed);
  return member;
}

}  // namespace gateway
