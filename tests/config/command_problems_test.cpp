// What is wrong with commands.

#include "tests/config/problem_case.h"

namespace gateway::config {
namespace {

/// A command that is right but for the line added to it, which is line 4.
std::string command_with(const std::string& line) {
  return "commands:\n  - name: a\n    topic: t\n    " + line + "\n";
}

class CommandProblems : public testing::TestWithParam<ProblemCase> {};

TEST_P(CommandProblems, AreToldWithTheirPlace) {
  EXPECT_EQ(problems_of(GetParam().yaml), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    NamesAndTopics, CommandProblems,
    testing::Values(
        ProblemCase{"NameAndTopicRequired",
                    "commands:\n  - qos: 1\n",
                    {"gateway.yaml:2:5: commands[0].name: required, such as climate",
                     "gateway.yaml:2:5: commands[0].topic: required, such as "
                     "devices/{/device}/commands/{/name}"}},
        ProblemCase{"NameTaken",
                    "commands:\n  - {name: a, topic: t}\n  - {name: a, topic: t}\n",
                    {"gateway.yaml:3:12: commands[1].name: \"a\" is taken by the one at "
                     "gateway.yaml:2; each needs a name of its own"}},
        ProblemCase{"TopicHasAWildcard",
                    "commands:\n  - {name: a, topic: t/#}\n",
                    {"gateway.yaml:2:22: commands[0].topic: a topic to publish to is UTF-8 without "
                     "'+', '#' and NUL, at most 65535 bytes"}},
        ProblemCase{"TopicWithAWrongVariable",
                    "commands:\n  - {name: a, topic: \"t/{device}\", allow: [t/+]}\n",
                    {"gateway.yaml:2:22: commands[0].topic: {device} is no variable of a command "
                     "topic: use {gateway.id}, or a JSON pointer into the message such as "
                     "{/device}"}},
        ProblemCase{"TemplateWithoutAllow",
                    "commands:\n  - {name: a, topic: \"t/{/device}\"}\n",
                    {"gateway.yaml:2:22: commands[0].topic: a topic with variables needs allow: "
                     "what it may become, such as [\"devices/+/commands/#\"]"}},
        ProblemCase{"TemplateWithAnEmptyAllow",
                    "commands:\n  - {name: a, topic: \"t/{/device}\", allow: []}\n",
                    {"gateway.yaml:2:22: commands[0].topic: a topic with variables needs allow: "
                     "what it may become, such as [\"devices/+/commands/#\"]"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Allow, CommandProblems,
    testing::Values(
        ProblemCase{"NotAFilter",
                    command_with("allow: [t, a/b#]"),
                    {"gateway.yaml:4:16: commands[0].allow[1]: a wildcard must fill its level by "
                     "itself, not as in \"b#\""}},
        ProblemCase{"NeverMatches",
                    command_with("allow: [x, y/#]"),
                    {"gateway.yaml:4:12: commands[0].allow: none of these matches the topic "
                     "\"t\""}},
        ProblemCase{"NotAList",
                    command_with("allow: t"),
                    {"gateway.yaml:4:12: commands[0].allow: a list expected, each item after a "
                     "'-'"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Values, CommandProblems,
    testing::Values(
        ProblemCase{
            "FromNearServer",
            command_with("from: sever"),
            {"gateway.yaml:4:11: commands[0].from: server, invoke or group:NAME expected; got "
             "\"sever\"; did you mean \"server\"?"}},
        ProblemCase{
            "FromNearGroup",
            command_with("from: gruop:x"),
            {"gateway.yaml:4:11: commands[0].from: server, invoke or group:NAME expected; got "
             "\"gruop:x\"; did you mean \"group:\"?"}},
        ProblemCase{
            "FromGroupWithoutName",
            command_with("from: \"group:\""),
            {"gateway.yaml:4:11: commands[0].from: server, invoke or group:NAME expected; got "
             "\"group:\""}},
        ProblemCase{"Payload",
                    command_with("payload: args"),
                    {"gateway.yaml:4:14: commands[0].payload: a JSON pointer such as /args, a "
                     "template such as \"set {/value}\", or \"\" for the whole message, expected; "
                     "got \"args\""}},
        ProblemCase{"TemplateThatIsNoJson",
                    command_with("payload: '{{\"a\": \"x{/v}\"}}'"),
                    {"gateway.yaml:4:14: commands[0].payload: with values in it, which bring their "
                     "own quotes, this is no JSON"}},
        ProblemCase{"AnswerTo",
                    command_with("reply: {to: done}"),
                    {"gateway.yaml:4:17: commands[0].reply.to: event:NAME, group:NAME or none "
                     "expected; got \"done\""}},
        ProblemCase{"ReplyIdWithoutId",
                    command_with("reply: {id: /id}"),
                    {"gateway.yaml:4:17: commands[0].reply.id: the command has no id that a reply "
                     "could carry: set id"}},
        ProblemCase{"DeadlineTwice",
                    command_with("deadline: {at: /a, lifetime: /b}"),
                    {"gateway.yaml:4:34: commands[0].deadline.lifetime: only one of at and "
                     "lifetime may be given"}},
        ProblemCase{"ArgumentWithoutAnything",
                    command_with("arguments: {/a: number}"),
                    {"gateway.yaml:4:21: commands[0].arguments./a: what it may be expected, such "
                     "as {type: number, min: 10, max: 30}"}},
        ProblemCase{"BoundsOfAText",
                    command_with("arguments: {/a: {type: text, min: 1}}"),
                    {"gateway.yaml:4:21: commands[0].arguments./a: min, max, above and below are "
                     "for numbers"}},
        ProblemCase{"BoundsWithNothingBetween",
                    command_with("arguments: {/a: {min: 2, max: 1}}"),
                    {"gateway.yaml:4:21: commands[0].arguments./a: nothing lies between these "
                     "bounds"}},
        ProblemCase{"Qos",
                    command_with("qos: 1.0"),
                    {"gateway.yaml:4:10: commands[0].qos: a whole number from 0 to 2 expected; got "
                     "\"1.0\""}},
        ProblemCase{"Retain",
                    command_with("retain: fals"),
                    {"gateway.yaml:4:13: commands[0].retain: true or false expected; got \"fals\"; "
                     "did you mean \"false\"?"}},
        ProblemCase{"UnknownKey",
                    command_with("alow: [t]"),
                    {"gateway.yaml:4:5: commands[0].alow: unknown key; did you mean \"allow\"?"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    When, CommandProblems,
    testing::Values(
        ProblemCase{"KeyIsNoPointer",
                    command_with("when: {type: command}"),
                    {"gateway.yaml:4:18: commands[0].when.type: a JSON pointer such as /type "
                     "expected as the key"}},
        ProblemCase{"BrokenEscapeInThePointer",
                    command_with("when: {/a~2: x}"),
                    {"gateway.yaml:4:18: commands[0].when./a~2: a JSON pointer such as /type "
                     "expected as the key"}},
        ProblemCase{"ValueForgotten",
                    command_with("when: {/a: }"),
                    {"gateway.yaml:4:12: commands[0].when./a: a value expected, \"*\" for any, or "
                     "{one_of: [null]} for null"}},
        ProblemCase{"ValueIsAList",
                    command_with("when: {/a: [1, 2]}"),
                    {"gateway.yaml:4:16: commands[0].when./a: text, a number, \"*\" or {one_of: "
                     "[...]} expected"}},
        ProblemCase{"OneOfMisspelt",
                    command_with("when: {/a: {oneof: [1]}}"),
                    {"gateway.yaml:4:17: commands[0].when./a.oneof: unknown key; did you mean "
                     "\"one_of\"?"}},
        ProblemCase{"OneOfNothing",
                    command_with("when: {/a: {one_of: []}}"),
                    {"gateway.yaml:4:25: commands[0].when./a.one_of: at least one value "
                     "expected"}},
        ProblemCase{"OneOfAMapping",
                    command_with("when: {/a: {one_of: [{x: 1}]}}"),
                    {"gateway.yaml:4:26: commands[0].when./a.one_of[0]: text expected; a value "
                     "that starts with '{' or '[' needs quotes"}},
        ProblemCase{"NotAMapping",
                    command_with("when: /a"),
                    {"gateway.yaml:4:11: commands[0].when: keys expected, indented below "
                     "\"when:\""}}),
    name_of);

}  // namespace
}  // namespace gateway::config
