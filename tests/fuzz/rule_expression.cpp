// Expressions of rules, evaluated on one message.

#include <string>
#include <vector>

#include "bridge/rules/expression/expression.h"
#include "bridge/rules/select/select.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace webpubsub;  // NOLINT(google-build-using-namespace)
  static const gateway::RuleTopics kTopics({*gateway::TopicPattern::parse("s/{site}/{device}")});
  constexpr std::string_view kPayload =
      R"({"t":21.5,"s":"Warm","on":true,"n":null,"l":[1,{"x":2}]})";
  const std::string text(fuzz::text_of(bytes, size));
  const gateway::Expression::Names names{kTopics.variables(), nullptr};
  const auto expression = gateway::Expression::parse(text, names);
  if (!expression) {
    fuzz::expect(expression.error().message.starts_with("character "), "a refusal says where");
    return 0;
  }
  gateway::Document document;
  fuzz::expect(document.parse(kPayload), "the payload is JSON");
  const std::vector<std::string_view> captured{"berlin", "d1"};
  const gateway::MessageView message{.topic = "s/berlin/d1",
                                     .captured = captured,
                                     .payload = kPayload,
                                     .document = document,
                                     .time = 1'763'690'400'123,
                                     .qos = 1};
  gateway::Arena arena;
  gateway::Sample sample;
  gateway::Select({}, kTopics, "edge").run(message, arena, sample);
  const bool holds = expression->evaluate({message, sample, arena});
  fuzz::expect(holds == expression->evaluate({message, sample, arena}), "it has one answer");
  if (const auto opposite = gateway::Expression::parse("not (" + text + ")", names)) {
    fuzz::expect(holds != opposite->evaluate({message, sample, arena}), "not is the opposite");
  }
  return 0;
}
