// What is wrong with a file before any key is looked at.

#include "tests/config/problem_case.h"

namespace gateway::config {
namespace {

const std::string kTopLevel =
    "gateway, mqtt, webpubsub, hub, rules, commands, presence, snapshot, memory, store, status and "
    "log";

class DocumentProblems : public testing::TestWithParam<ProblemCase> {};

TEST_P(DocumentProblems, AreToldWithTheirPlace) {
  EXPECT_EQ(problems_of(GetParam().yaml), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, DocumentProblems,
    testing::Values(
        ProblemCase{"InvalidUtf8",
                    "mqtt:\n  username: \xC3\xA9\xFF\n",
                    {"gateway.yaml:2:15: not UTF-8; save the file in UTF-8"}},
        ProblemCase{"CutCharacterAtTheEnd",
                    "# \xE2\x82",
                    {"gateway.yaml:1:3: not UTF-8; save the file in UTF-8"}},
        ProblemCase{"Utf16",
                    std::string("\xFF\xFEm\0q\0", 6),
                    {"gateway.yaml:1:1: not UTF-8; save the file in UTF-8"}},
        ProblemCase{"Nul",
                    std::string("mqtt:\0", 6),
                    {"gateway.yaml:1:6: a control character; take it out"}},
        // The parser takes it for the end of the file.
        ProblemCase{"EndOfTransmission",
                    "mqtt:\n\x04rules: 5\n",
                    {"gateway.yaml:2:1: a control character; take it out"}},
        ProblemCase{"LoneCarriageReturn",
                    "mqtt:\n  username: a\rb\n",
                    {"gateway.yaml:2:14: a control character; take it out"}},
        ProblemCase{"TabIndents",
                    "mqtt:\n  tls:\n  \tca_file: x\n",
                    {"gateway.yaml:3:3: a tab in the indentation; YAML is indented with spaces"}},
        ProblemCase{"TooLarge",
                    std::string(1024 * 1024 + 1, '#'),
                    {"gateway.yaml: larger than 1MiB; split it into conf.d"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Syntax, DocumentProblems,
    testing::Values(
        ProblemCase{"OpenDoubleQuote",
                    "mqtt:\n  username: \"x\\\"\n",
                    {"gateway.yaml:2:13: this quote is never closed"}},
        ProblemCase{"OpenSingleQuote",
                    "mqtt:\n  username: 'it''s\n",
                    {"gateway.yaml:2:13: this quote is never closed"}},
        ProblemCase{
            "OpenQuoteInList", "rules: [\"x\n", {"gateway.yaml:1:9: this quote is never closed"}},
        ProblemCase{"KeyTooFarLeft",
                    "mqtt:\n  version: 5\n keep_alive: 30s\n",
                    {"gateway.yaml:3:2: this does not fit in here; the keys of a mapping start in "
                     "the same column, and text that starts with '{' or '[' needs quotes"}},
        ProblemCase{"UnquotedTemplate",
                    "rules:\n  - topic: {site}/t\n",
                    {"gateway.yaml:2:18: this does not fit in here; the keys of a mapping start in "
                     "the same column, and text that starts with '{' or '[' needs quotes"}},
        ProblemCase{"ItemTooFarRight",
                    "rules:\n- name: a\n name: b\n",
                    {"gateway.yaml:3:2: this does not fit in here; the items of a list start with "
                     "'-' in the same column"}},
        ProblemCase{"TwoColons",
                    "mqtt: broker: x\n",
                    {"gateway.yaml:1:13: a ':' that does not belong here; text that holds \": \" "
                     "needs quotes"}},
        ProblemCase{"OpenBracket",
                    "rules: [\n",
                    {"gateway.yaml:2:1: this '[' is not closed as it should be; text that starts "
                     "with '[' needs quotes"}},
        ProblemCase{"OpenBrace",
                    "mqtt: {version: 5\n",
                    {"gateway.yaml:2:1: this '{' is not closed as it should be; text that starts "
                     "with '{' needs quotes"}},
        ProblemCase{
            "StrayBrace", "mqtt: }\n", {"gateway.yaml:1:7: a '}' or ']' without its opening one"}},
        ProblemCase{"ListInALine",
                    "rules: - name: a\n",
                    {"gateway.yaml:1:8: a list item cannot start here; put it on a line of its "
                     "own"}},
        ProblemCase{"AtSign",
                    "mqtt:\n  username: @me\n",
                    {"gateway.yaml:2:13: text cannot start with this character; put it in "
                     "quotes"}},
        ProblemCase{"UnquotedStar",
                    "commands:\n  - when: {/device: *}\n",
                    {"gateway.yaml:2:21: text that starts with '*' needs quotes"}},
        ProblemCase{"UnknownEscape",
                    "mqtt:\n  username: \"\\q\"\n",
                    {"gateway.yaml:2:14: an escape that YAML does not know; write '\\\\' for a "
                     "backslash in double quotes"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Structure, DocumentProblems,
    testing::Values(
        ProblemCase{"RootIsAList",
                    "- mqtt\n",
                    {"gateway.yaml:1:1: keys at the top level expected, such as \"mqtt:\" or "
                     "\"rules:\""}},
        ProblemCase{"RootIsText",
                    "# comment\nhello\n",
                    {"gateway.yaml:2:1: keys at the top level expected, such as \"mqtt:\" or "
                     "\"rules:\""}},
        ProblemCase{"SecondDocument",
                    "mqtt: {}\n---\nrules: []\n",
                    {"gateway.yaml:2:1: a second document starts here; one file holds one "
                     "document"}},
        ProblemCase{"TextBehindTheEnd",
                    "mqtt: {}\n...\nrules: []\n",
                    {"gateway.yaml:3:1: a second document starts here; one file holds one "
                     "document"}},
        ProblemCase{"DuplicateKey",
                    "mqtt:\n  version: 5\n  keep_alive: 30s\n  version: 3.1.1\n",
                    {"gateway.yaml:4:3: mqtt.version: stands twice, first in line 2; keep one of "
                     "them"}},
        ProblemCase{"DuplicateSection",
                    "mqtt: {}\nlog: {}\nmqtt: {}\n",
                    {"gateway.yaml:3:1: mqtt: stands twice, first in line 1; keep one of them"}},
        ProblemCase{"DuplicateKeyInAList",
                    "rules:\n"
                    "  - {name: a, topic: a, group: a}\n"
                    "  - {name: b, topic: b, group: b, batch: {max_samples: 1, max_samples: 2}}\n",
                    {"gateway.yaml:3:59: rules[1].batch.max_samples: stands twice, first in line "
                     "3; keep one of them"}},
        ProblemCase{"AnchorAndAlias",
                    "mqtt:\n  tls: &tls {}\nhub:\n  tls: *tls\n",
                    {"gateway.yaml:2:8: mqtt.tls: anchors (&name) are not supported; leave it out",
                     "gateway.yaml:4:8: hub.tls: aliases (*name) are not supported; write the "
                     "value out"}},
        // A required key that is an alias is not missing as well.
        ProblemCase{"AliasForARequiredKey",
                    "rules:\n  - name: &n a\n    topic: a\n    group: *n\n",
                    {"gateway.yaml:2:11: rules[0].name: anchors (&name) are not supported; leave "
                     "it out",
                     "gateway.yaml:4:12: rules[0].group: aliases (*name) are not supported; write "
                     "the value out"}},
        ProblemCase{"MergeKey",
                    "mqtt:\n  <<: {version: 5}\n",
                    {"gateway.yaml:2:3: mqtt: merge keys (<<) are not supported; write the keys "
                     "out"}},
        ProblemCase{"Tag",
                    "mqtt:\n  version: !!int 5\n",
                    {"gateway.yaml:2:12: mqtt.version: tags (!name) are not supported; leave it "
                     "out"}},
        ProblemCase{"KeyIsAList",
                    "? [mqtt]\n: {}\n",
                    {"gateway.yaml:1:3: a key must be plain text; put quotes around a key with '{' "
                     "or '['"}},
        ProblemCase{"KeyIsMissing", ": mqtt\n", {"gateway.yaml:1:1: a key is missing before ':'"}},
        ProblemCase{"TooDeep",
                    "mqtt: " + std::string(40, '[') + std::string(40, ']'),
                    {"gateway.yaml:1:38: nested deeper than 32 levels"}},
        ProblemCase{"SectionIsText",
                    "mqtt: localhost\n",
                    {"gateway.yaml:1:7: mqtt: keys expected, indented below \"mqtt:\""}},
        ProblemCase{"SectionIsAList",
                    "mqtt:\n  - broker: x\n",
                    {"gateway.yaml:2:3: mqtt: keys expected, indented below \"mqtt:\""}},
        ProblemCase{"ListIsASection",
                    "rules:\n  name: a\n",
                    {"gateway.yaml:2:3: rules: a list expected, each item after a '-'"}},
        ProblemCase{"TextIsAList",
                    "mqtt:\n  broker: [a, b]\n",
                    {"gateway.yaml:2:11: mqtt.broker: text expected; a value that starts with '{' "
                     "or '[' needs quotes"}},
        ProblemCase{"TextHasLines",
                    "mqtt:\n  username: |\n    a\n    b\n",
                    {"gateway.yaml:2:13: mqtt.username: one line of text without control "
                     "characters expected"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    UnknownKeys, DocumentProblems,
    testing::Values(
        ProblemCase{"NearMiss",
                    "mqtt:\n  borker: mqtt://h\n",
                    {"gateway.yaml:2:3: mqtt.borker: unknown key; did you mean \"broker\"?"}},
        ProblemCase{"OtherCase",
                    "MQTT: {}\n",
                    {"gateway.yaml:1:1: MQTT: unknown key; did you mean \"mqtt\"?"}},
        ProblemCase{"Dash",
                    "mqtt:\n  keep-alive: 30s\n",
                    {"gateway.yaml:2:3: mqtt.keep-alive: unknown key; did you mean "
                     "\"keep_alive\"?"}},
        ProblemCase{"CutShort",
                    "mqtt:\n  tls: {cert: x}\n",
                    {"gateway.yaml:2:9: mqtt.tls.cert: unknown key; did you mean "
                     "\"certificate_file\"?"}},
        ProblemCase{"NothingNear",
                    "telemetry: {}\nmqtt:\n  tls: {insecure: true}\n",
                    {"gateway.yaml:1:1: telemetry: unknown key; known here: " + kTopLevel,
                     "gateway.yaml:3:9: mqtt.tls.insecure: unknown key; known here: ca_file, "
                     "certificate_file and key_file"}},
        ProblemCase{"InEverySection",
                    "gateway: {idd: x}\nwebpubsub: {hubb: x}\nhub: {lisen: x}\n"
                    "presence: {groups: x}\nmemory: {maxsize: x}\nstatus: {listn: x}\n"
                    "log: {levle: x}\n",
                    {"gateway.yaml:1:11: gateway.idd: unknown key; did you mean \"id\"?",
                     "gateway.yaml:2:13: webpubsub.hubb: unknown key; did you mean \"hub\"?",
                     "gateway.yaml:3:7: hub.lisen: unknown key; did you mean \"listen\"?",
                     "gateway.yaml:4:12: presence.groups: unknown key; did you mean \"group\"?",
                     "gateway.yaml:5:10: memory.maxsize: unknown key; did you mean \"max_size\"?",
                     "gateway.yaml:6:10: status.listn: unknown key; did you mean \"listen\"?",
                     "gateway.yaml:7:7: log.levle: unknown key; did you mean \"level\"?"}},
        ProblemCase{"ColonForgotten",
                    "mqtt:\n  version: 5\n  keep_alive 30s\n",
                    {"gateway.yaml:3:3: mqtt.keep_alive...: a ':' is missing between key and "
                     "value"}}),
    name_of);

TEST(Document, EmptyFilesAreAllDefaults) {
  for (const auto* const text : {"", "\n", "# nothing\n", "---\n", "mqtt:\nrules:\n", "{}",
                                 "\xEF\xBB\xBF# byte order mark\n"}) {
    EXPECT_EQ(problems_of(text), Lines{}) << text;
  }
}

TEST(Document, TabsMayStandBehindText) {
  EXPECT_EQ(settings_of("mqtt:\t# the\tbroker\n  username:\ta\t\n").mqtt.username, "a");
}

TEST(Document, WindowsLineEndsKeepPlaces) {
  EXPECT_EQ(problems_of("mqtt:\r\n  version: 6\r\n"),
            Lines{"gateway.yaml:2:12: mqtt.version: 5 or 3.1.1 expected; got \"6\""});
}

TEST(Document, ABombOfAliasesIsRefusedAtOnce) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 8; ++i) bomb += "*" + before + ",";
    bomb += "*" + before + "]\n";
  }
  EXPECT_GT(problems_of(bomb).size(), 80U);
}

TEST(Document, ValuesHaveALimit) {
  std::string text = "rules: [";
  for (int i = 0; i < 60'000; ++i) text += "a,";
  const auto problems = problems_of(text + "]");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0],
            "gateway.yaml:1:100003: more than 50000 values; split the file into conf.d");
}

TEST(Document, ManyProblemsAreCounted) {
  std::string text = "mqtt:\n";
  for (int i = 0; i < 1500; ++i) text += "  unknown_" + std::to_string(i) + ": 1\n";
  const auto problems = problems_of(text);
  ASSERT_EQ(problems.size(), 1001U);
  EXPECT_EQ(problems.back(), "gateway.yaml: 500 more problems are not shown");
}

TEST(Document, AllProblemsComeInOrderOfPlace) {
  EXPECT_EQ(problems_of("log: {level: loud}\n"
                        "rules:\n"
                        "  - name: a\n"
                        "    topic: a\n"
                        "    topic: b\n"
                        "    qos: 7\n"
                        "mqtt:\n"
                        "  versoin: 5\n"
                        "  keep_alive: 1s\n"
                        "extra: 1\n"),
            (Lines{"gateway.yaml:1:14: log.level: error, warning, notice, info or debug expected; "
                   "got \"loud\"",
                   "gateway.yaml:3:5: rules[0].group: required, such as site-{site}",
                   "gateway.yaml:5:5: rules[0].topic: stands twice, first in line 4; keep one of "
                   "them",
                   "gateway.yaml:6:10: rules[0].qos: a whole number from 0 to 2 expected; got "
                   "\"7\"",
                   "gateway.yaml:8:3: mqtt.versoin: unknown key; did you mean \"version\"?",
                   "gateway.yaml:9:15: mqtt.keep_alive: a duration from 5s to 18h expected; got "
                   "\"1s\"",
                   "gateway.yaml:10:1: extra: unknown key; known here: " + kTopLevel}));
}

}  // namespace
}  // namespace gateway::config
