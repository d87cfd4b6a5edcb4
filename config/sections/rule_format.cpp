// jq, format, object and batch: what a rule makes of a payload as a whole, and how it leaves.

#include "config/sections/rule_parts.h"
#include "config/words.h"

namespace gateway::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostMembers = 200;
constexpr std::size_t kMostSamples = 10'000;
constexpr std::size_t kLeastBatchBytes = 256;
constexpr std::size_t kMostBatchBytes = 900 * 1024;  // of the service's 1 MB; the rest: envelope
constexpr milliseconds kLongestRun{1000};
constexpr std::size_t kLeastMemory = 4 * 1024 * 1024;
constexpr std::size_t kMostMemory = 512 * 1024 * 1024;

BatchOptions read_batch(Section batch) {
  BatchOptions options;
  assign(options.max_samples, batch.at("max_samples").integer(1, kMostSamples));
  assign(options.max_bytes, batch.at("max_bytes").size(kLeastBatchBytes, kMostBatchBytes));
  assign(options.max_delay, batch.at("max_delay").duration(milliseconds(0), milliseconds(60'000)));
  assign(options.fills_billing, read_word(batch.at("fill"), kFills));
  batch.finish();
  return options;
}

std::optional<ObjectMember> read_member(const std::string& name, const Value& value,
                                        const RuleOptions& rule) {
  if (value.given() && value.node()->kind == YamlNode::Kind::Map) {
    auto section = value.section();
    ObjectMember member{.name = name, .source = ObjectMember::Source::Constant};
    assign(member.constant, read_constant(section.required("constant", "v2")));
    section.finish();
    return member;
  }
  auto member = parse_text(
      value, [&](std::string_view text) { return parse_object_member(name, text, rule.topics); });
  const bool of_field = member && member->source == ObjectMember::Source::Field;
  if (of_field && !rule.window.is_set()) check_field(value, member->field, rule);
  return member;
}

}  // namespace

void read_jq(const Value& jq, RuleOptions& rule) {
  auto program = jq;
  if (jq.given() && jq.node()->kind == YamlNode::Kind::Map) {
    auto section = jq.section();
    program = section.required("program", "\".data[] | {t: .temp}\"");
    assign(rule.jq.timeout, section.at("timeout").duration(milliseconds(1), kLongestRun));
    assign(rule.jq.memory, section.at("memory").size(kLeastMemory, kMostMemory));
    section.finish();
  }
  auto parsed = parse_text(program, [](std::string_view text) { return JqProgram::parse(text); });
  if (parsed) rule.jq.text = std::move(parsed->text);
}

void read_format(Section& rule, RuleOptions& options) {
  assign(options.format, read_word(rule.at("format"), kFormats));
  const auto object = rule.at("object");
  for (const auto& [name, value] : object.members()) {
    if (auto member = read_member(name, value, options)) {
      options.object.push_back(std::move(*member));
    }
  }
  if (options.object.size() > kMostMembers) object.report("at most 200 members expected");
  if (object.given() && options.format != Format::Object) object.report("needs format: object");
  if (!object.given() && options.format == Format::Object) {
    rule.self().report("format: object needs object, such as {id: \"{device}\", t: /temperature}");
  }
  options.batch = read_batch(rule.at("batch").section());
}

}  // namespace gateway::config
