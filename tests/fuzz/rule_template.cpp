// Templates, topic patterns and JSON pointers: a line each, then a payload to fill them from.

#include <string>
#include <vector>

#include "bridge/rules/filled_template.h"
#include "bridge/rules/rule_options.h"
#include "bridge/rules/timestamp.h"
#include "tests/fuzz/expect.h"

namespace {

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  auto rest = fuzz::text_of(bytes, size);
  const auto pattern = gateway::TopicPattern::parse(take_line(rest));
  const auto topic = take_line(rest);
  const auto text = take_line(rest);
  const auto pointer = gateway::Pointer::parse(take_line(rest));
  gateway::Document document;
  gateway::Arena arena;
  const bool json = document.parse(rest);
  if (json && pointer) {
    const auto value = pointer->find(document, arena);
    static_cast<void>(gateway::parse_timestamp(value));
    fuzz::expect(pointer->text().empty() || pointer->text().front() == '/', "a pointer begins so");
  }
  if (!pattern || !gateway::is_valid_topic(topic) || !pattern->filter().matches(topic)) return 0;
  const gateway::RuleTopics topics({*pattern});
  const auto captured = topics.capture(*pattern, topic);
  fuzz::expect(captured.size() == topics.variables().size(), "each name captures");
  if (const auto member = gateway::parse_object_member("m", text, topics)) {
    fuzz::expect(member->spelled() == text, "a member keeps its text");
  }
  static_cast<void>(gateway::parse_reply_topic(text, topics));
  const auto group = gateway::parse_group(text, topics);
  if (!group) return 0;
  fuzz::expect(group->text() == text, "a template keeps its text");
  const gateway::FilledTemplate filled(*group, topics, "edge");
  const auto pieces = filled.pieces(captured);
  std::string name;
  const bool whole = filled.fill(pieces, document, arena, name);
  fuzz::expect(whole || filled.needs_payload(), "captures always fill");
  if (whole && group->is_constant()) fuzz::expect(!name.empty(), "a constant group has a name");
  return 0;
}
