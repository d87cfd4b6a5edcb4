// What is wrong with rules.

#include "tests/config/problem_case.h"

namespace gateway::config {
namespace {

/// A rule that is right but for the line added to it, which is line 5.
std::string rule_with(const std::string& line) {
  return "rules:\n  - name: a\n    topic: t/{site}\n    group: g-{site}\n    " + line + "\n";
}

class RuleProblems : public testing::TestWithParam<ProblemCase> {};

TEST_P(RuleProblems, AreToldWithTheirPlace) {
  EXPECT_EQ(problems_of(GetParam().yaml), GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(
    Required, RuleProblems,
    testing::Values(
        ProblemCase{"NameTopicAndGroup",
                    "rules:\n  - qos: 1\n",
                    {"gateway.yaml:2:5: rules[0].name: required, such as climate",
                     "gateway.yaml:2:5: rules[0].topic: required, such as "
                     "sensors/{site}/{device}/telemetry",
                     "gateway.yaml:2:5: rules[0].group: required, such as site-{site}"}},
        ProblemCase{"OfAnItemWithoutAnything",
                    "rules:\n  -\n  - {name: b, topic: b, group: b}\n",
                    {"gateway.yaml:2:3: rules[0].name: required, such as climate",
                     "gateway.yaml:2:3: rules[0].topic: required, such as "
                     "sensors/{site}/{device}/telemetry",
                     "gateway.yaml:2:3: rules[0].group: required, such as site-{site}"}},
        ProblemCase{"GroupWithoutAValue",
                    "rules:\n  - name: a\n    topic: a\n    group:\n",
                    {"gateway.yaml:4:5: rules[0].group: required, such as site-{site}"}},
        ProblemCase{"ItemIsText",
                    "rules:\n  - climate\n",
                    {"gateway.yaml:2:5: rules[0]: keys expected, as in \"- name: VALUE\""}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Names, RuleProblems,
    testing::Values(
        ProblemCase{"NotAName",
                    "rules:\n  - {name: a b, topic: a, group: a}\n",
                    {"gateway.yaml:2:12: rules[0].name: 1 to 64 letters, digits, '-', '_' and '.' "
                     "expected; got \"a b\""}},
        ProblemCase{
            "TakenTwice",
            "rules:\n  - {name: a, topic: a, group: a}\n  - {topic: b, group: b, name: a}\n",
            {"gateway.yaml:3:32: rules[1].name: \"a\" is taken by the one at "
             "gateway.yaml:2; each needs a name of its own"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Templates, RuleProblems,
    testing::Values(
        ProblemCase{"HalfALevel",
                    "rules:\n  - {name: a, topic: \"t/x{a}\", group: a}\n",
                    {"gateway.yaml:2:22: rules[0].topic: a capture must fill its level by itself, "
                     "not as in \"x{a}\""}},
        ProblemCase{"WildcardInTheMiddle",
                    "rules:\n  - {name: a, topic: t/#/x, group: a}\n",
                    {"gateway.yaml:2:22: rules[0].topic: '#' must be the last level"}},
        ProblemCase{"UnknownCapture",
                    "rules:\n  - {name: a, topic: \"t/{b}\", group: \"{c}\"}\n",
                    {"gateway.yaml:2:38: rules[0].group: {c} is not captured by the topic; known "
                     "here: {gateway.id}, {b} and {/FIELD} of the payload"}},
        ProblemCase{"OneOfSeveralTopics",
                    "rules:\n  - name: a\n    topic: [\"t/{b}\", x/#/y]\n    group: g\n",
                    {"gateway.yaml:3:22: rules[0].topic[1]: '#' must be the last level"}},
        ProblemCase{"NoTopics",
                    "rules:\n  - {name: a, topic: [], group: g}\n",
                    {"gateway.yaml:2:22: rules[0].topic: at least one topic expected"}},
        ProblemCase{"ExceptIsNoFilter",
                    rule_with("except: t/x#"),
                    {"gateway.yaml:5:13: rules[0].except: a wildcard must fill its level by "
                     "itself, not as in \"x#\""}},
        ProblemCase{"ExceptTakesNothing",
                    rule_with("except: [t/x, u/x]"),
                    {"gateway.yaml:5:19: rules[0].except[1]: takes nothing away: no topic of the "
                     "rule matches \"u/x\""}},
        ProblemCase{"GroupOfFieldsOfText",
                    "rules:\n  - {name: a, topic: t, group: \"{/x}\", payload: text}\n",
                    {"gateway.yaml:2:32: rules[0].group: fields of the payload need a payload "
                     "that has some, such as json"}},
        ProblemCase{"EmptyGroup",
                    "rules:\n  - {name: a, topic: t, group: \"\"}\n",
                    {"gateway.yaml:2:32: rules[0].group: a group cannot be empty"}},
        ProblemCase{"GroupIsAMapping",
                    "rules:\n  - name: a\n    topic: t\n    group: {site}\n",
                    {"gateway.yaml:4:12: rules[0].group: text expected; a value that starts with "
                     "'{' or '[' needs quotes"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Values, RuleProblems,
    testing::Values(
        ProblemCase{"QosTooHigh",
                    rule_with("qos: 3"),
                    {"gateway.yaml:5:10: rules[0].qos: a whole number from 0 to 2 expected; got "
                     "\"3\""}},
        ProblemCase{"QosIsOctal",
                    rule_with("qos: 01"),
                    {"gateway.yaml:5:10: rules[0].qos: a whole number from 0 to 2 expected; got "
                     "\"01\""}},
        ProblemCase{"Payload",
                    rule_with("payload: jsn"),
                    {"gateway.yaml:5:14: rules[0].payload: json, text, binary, number, csv, cbor, "
                     "msgpack, senml or sparkplug expected; got \"jsn\"; did you mean "
                     "\"json\"?"}},
        ProblemCase{"CsvOfJson",
                    rule_with("csv: {columns: [a]}"),
                    {"gateway.yaml:5:10: rules[0].csv: needs payload: csv"}},
        ProblemCase{"CsvSeparator",
                    rule_with("payload: csv\n    csv: {separator: semicolon}"),
                    {"gateway.yaml:6:22: rules[0].csv.separator: one character such as ; or "
                     "the word tab expected; got \"semicolon\""}},
        ProblemCase{"ObjectWithoutMembers",
                    rule_with("format: object"),
                    {"gateway.yaml:2:5: rules[0]: format: object needs object, such as {id: "
                     "\"{device}\", t: /temperature}"}},
        ProblemCase{"ObjectOfAnotherFormat",
                    rule_with("object: {t: /t}"),
                    {"gateway.yaml:5:13: rules[0].object: needs format: object"}},
        ProblemCase{"ObjectMember",
                    rule_with("format: object\n    object: {t: t}"),
                    {"gateway.yaml:6:17: rules[0].object.t: a field such as /temperature, a "
                     "template such as \"{device}\", {time}, / or {constant: VALUE} expected; got "
                     "\"t\""}},
        ProblemCase{"ObjectVariable",
                    rule_with("format: object\n    object: {t: \"{device}\"}"),
                    {"gateway.yaml:6:17: rules[0].object.t: {device} is no capture of every topic, "
                     "nor gateway.id, rule or topic"}},
        ProblemCase{"JqProgram",
                    rule_with("jq: '.t | nonsense'"),
                    {"gateway.yaml:5:9: rules[0].jq: no jq program: jq: error: nonsense/0 is not "
                     "defined at <top-level>, line 1:"}},
        ProblemCase{"WindowOver",
                    rule_with("window: {every: 10s, over: 25s, compute: {t: mean}}"),
                    {"gateway.yaml:5:32: rules[0].window.over: 1 to 100 times of what every says "
                     "expected"}},
        ProblemCase{"WindowFunction",
                    rule_with("window: {every: 10, compute: {t: [avg]}}"),
                    {"gateway.yaml:5:39: rules[0].window.compute.t[0]: min, max, mean, sum, count, "
                     "first, last, median, rate, duty or a percentile such as p95 expected; got "
                     "\"avg\""}},
        ProblemCase{"WindowPer",
                    rule_with("window: {every: 10, per: device, compute: {t: mean}}"),
                    {"gateway.yaml:5:30: rules[0].window.per: topic, a capture of every topic, or "
                     "a JSON pointer expected; got \"device\""}},
        ProblemCase{"WaitOfACount",
                    rule_with("window: {every: 10, wait: 1s, compute: {t: mean}}"),
                    {"gateway.yaml:5:13: rules[0].window: wait and late are for windows by time"}},
        ProblemCase{"TimePointer",
                    rule_with("time: ts"),
                    {"gateway.yaml:5:11: rules[0].time: a JSON pointer starts with '/', as in "
                     "/data/0/value"}},
        ProblemCase{"LayoutOfJson",
                    rule_with("layout: {a: {offset: 0, type: u8}}"),
                    {"gateway.yaml:5:13: rules[0].layout: needs payload: binary"}},
        ProblemCase{"LayoutType",
                    rule_with("payload: binary\n    layout: {a: {offset: 0, type: u9}}"),
                    {"gateway.yaml:6:35: rules[0].layout.a.type: u8, i8, u16, i16, u24, i24, u32, "
                     "i32, u64, i64, f32, f64 or text expected; got \"u9\"; did you mean "
                     "\"u8\"?"}},
        ProblemCase{"LayoutTextWithoutLength",
                    rule_with("payload: binary\n    layout: {a: {offset: 0, type: text}}"),
                    {"gateway.yaml:6:17: rules[0].layout.a: a text needs its length, in bytes"}},
        ProblemCase{"Retained",
                    rule_with("retained: never"),
                    {"gateway.yaml:5:15: rules[0].retained: initial, ignore or always expected; "
                     "got \"never\""}},
        ProblemCase{"Format",
                    rule_with("format: sample"),
                    {"gateway.yaml:5:13: rules[0].format: samples, payload, payloads, senml, "
                     "cloudevents or object expected; got \"sample\"; did you mean \"samples\"?"}},
        ProblemCase{"Send",
                    rule_with("send: fire-and-forget"),
                    {"gateway.yaml:5:11: rules[0].send: fire_and_forget, acknowledged or stream "
                     "expected; got \"fire-and-forget\"; did you mean \"fire_and_forget\"?"}},
        ProblemCase{"NoEcho",
                    rule_with("no_echo: yes"),
                    {"gateway.yaml:5:14: rules[0].no_echo: true or false expected; got \"yes\""}},
        ProblemCase{"MaxSamples",
                    rule_with("batch: {max_samples: 10001}"),
                    {"gateway.yaml:5:26: rules[0].batch.max_samples: a whole number from 1 to "
                     "10000 expected; got \"10001\""}},
        ProblemCase{"MaxBytesTooMany",
                    rule_with("batch: {max_bytes: 1MiB}"),
                    {"gateway.yaml:5:24: rules[0].batch.max_bytes: a size from 256B to 900KiB "
                     "expected; got \"1MiB\""}},
        ProblemCase{"MaxBytesUnit",
                    rule_with("batch: {max_bytes: 64K}"),
                    {"gateway.yaml:5:24: rules[0].batch.max_bytes: a size such as 64KiB or 1MB "
                     "expected; got \"64K\"; did you mean \"64KiB\"?"}},
        ProblemCase{"MaxDelayTooLong",
                    rule_with("batch: {max_delay: 2m}"),
                    {"gateway.yaml:5:24: rules[0].batch.max_delay: a duration from 0 to 1m "
                     "expected; got \"2m\""}},
        ProblemCase{"MaxDelayTooFine",
                    rule_with("batch: {max_delay: 1500us}"),
                    {"gateway.yaml:5:24: rules[0].batch.max_delay: a duration of whole "
                     "milliseconds expected; got \"1500us\""}},
        ProblemCase{"BatchIsANumber",
                    rule_with("batch: 100"),
                    {"gateway.yaml:5:12: rules[0].batch: keys expected, indented below "
                     "\"batch:\""}},
        ProblemCase{"UnknownKey",
                    rule_with("qoss: 1"),
                    {"gateway.yaml:5:5: rules[0].qoss: unknown key; did you mean \"qos\"?"}},
        ProblemCase{"UnknownBatchKey",
                    rule_with("batch: {max_age: 1s}"),
                    {"gateway.yaml:5:13: rules[0].batch.max_age: unknown key; known here: "
                     "max_samples, max_bytes, max_delay and fill"}},
        ProblemCase{"NothingNear",
                    rule_with("deadband: 1"),
                    {"gateway.yaml:5:5: rules[0].deadband: unknown key; known here: name, topic, "
                     "except, event, group, qos, payload, csv, layout, retained, time, jq, "
                     "select, convert, where, thin, window, format, object, batch, send, "
                     "store, offline, replay, priority, no_echo, snapshot and reply"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Offline, RuleProblems,
    testing::Values(
        ProblemCase{"KeepIsForMemory",
                    rule_with("store: disk\n    offline: {keep: latest, per: site, "
                              "overflow: latest}"),
                    {"gateway.yaml:6:21: rules[0].offline.keep: needs store: memory",
                     "gateway.yaml:6:34: rules[0].offline.per: needs store: memory",
                     "gateway.yaml:6:50: rules[0].offline.overflow: latest needs store: memory"}},
        ProblemCase{"BlockInMemory",
                    rule_with("offline: {overflow: block}"),
                    {"gateway.yaml:5:25: rules[0].offline.overflow: block needs store: disk: "
                     "memory that is full keeps nothing that the broker was told we have"}},
        ProblemCase{"BlockWithoutQos",
                    rule_with("qos: 0\n    store: disk\n    offline: {overflow: block}"),
                    {"gateway.yaml:7:25: rules[0].offline.overflow: block needs qos: 1: the broker "
                     "keeps no message of QoS 0"}},
        ProblemCase{"BlockWithoutASession",
                    "mqtt: {session_expiry: 0}\n" +
                        std::string(rule_with("store: disk\n    offline: {overflow: block}")),
                    {"gateway.yaml:7:25: rules[0].offline.overflow: block needs "
                     "mqtt.session_expiry: with 0 the broker keeps nothing for us"}},
        ProblemCase{"KeyInThePayload",
                    rule_with("offline: {per: /id}"),
                    {"gateway.yaml:5:20: rules[0].offline.per: topic or a capture of every topic "
                     "expected; got \"/id\""}},
        ProblemCase{"KeyOfNoVariable",
                    rule_with("offline: {per: device}"),
                    {"gateway.yaml:5:20: rules[0].offline.per: topic or a capture of every topic "
                     "expected; got \"device\""}},
        ProblemCase{"NewestFirstAndThin",
                    rule_with("thin: {min_interval: 1s}\n    offline: {keep: newest_first}"),
                    {"gateway.yaml:6:21: rules[0].offline.keep: newest_first and thin do not go "
                     "together: it compares a reading with the one before"}},
        ProblemCase{
            "NewestFirstOfSparkplug",
            rule_with("payload: sparkplug\n    offline: {keep: newest_first}"),
            {"gateway.yaml:6:21: rules[0].offline.keep: newest_first and payload: sparkplug "
             "do not go together: a birth tells what the messages after it mean"}},
        ProblemCase{"Windows",
                    rule_with("select: {t: /t}\n    window: {every: 10s, compute: {t: mean}}\n"
                              "    offline: {keep: none}"),
                    {"gateway.yaml:7:14: rules[0].offline: offline and window do not go together: "
                     "windows go on while the service is away, and what they tell waits in "
                     "memory"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Stages, RuleProblems,
    testing::Values(
        ProblemCase{"SelectIsNoPointer",
                    rule_with("select: {t: data/t}"),
                    {"gateway.yaml:5:17: rules[0].select.t: a JSON pointer such as "
                     "/data/temperature, a template such as \"{device}\", or {constant: VALUE} "
                     "expected; got \"data/t\""}},
        ProblemCase{"SelectUnknownVariable",
                    rule_with("select: {t: \"{sit}\"}"),
                    {"gateway.yaml:5:17: rules[0].select.t: {sit} is not captured by the topic; "
                     "known here: {gateway.id}, {site} and {/FIELD} of the payload"}},
        ProblemCase{"ConvertWhatIsNotSelected",
                    "rules:\n  - name: a\n    topic: t\n    group: g\n    select: {temp: /t}\n"
                    "    convert: {tmp: {scale: 2}}\n",
                    {"gateway.yaml:6:20: rules[0].convert.tmp: \"tmp\" is no field that select "
                     "makes; did you mean \"temp\"?"}},
        ProblemCase{"ConvertUnknownKey",
                    rule_with("convert: {t: {factor: 2}}"),
                    {"gateway.yaml:5:19: rules[0].convert.t.factor: unknown key; known here: "
                     "number, bits, map, points, scale, offset, min, max, round and unit"}},
        ProblemCase{"ScaleIsNoNumber",
                    rule_with("convert: {t: {scale: 1/10}}"),
                    {"gateway.yaml:5:26: rules[0].convert.t.scale: a number such as 0.1 or -40 "
                     "expected; got \"1/10\""}},
        ProblemCase{"Bits",
                    rule_with("convert: {t: {bits: 3-1}}"),
                    {"gateway.yaml:5:25: rules[0].convert.t.bits: a bit from 0 to 52, or bits such "
                     "as 0-3 expected; got \"3-1\""}},
        ProblemCase{"PointsFallBack",
                    rule_with("convert: {t: {points: [[1, 0], [1, 2]]}}"),
                    {"gateway.yaml:5:36: rules[0].convert.t.points[1]: the first number must be "
                     "greater than that of the point before"}},
        ProblemCase{"OnePoint",
                    rule_with("convert: {t: {points: [[1, 0]]}}"),
                    {"gateway.yaml:5:27: rules[0].convert.t.points: 2 to 100 points expected, each "
                     "as [MEASURED, TRUE]"}},
        ProblemCase{"MaxBelowMin",
                    rule_with("convert: {t: {min: 5, max: 4}}"),
                    {"gateway.yaml:5:32: rules[0].convert.t.max: less than min"}},
        ProblemCase{"Where",
                    rule_with("where: temperature >> 5"),
                    {"gateway.yaml:5:12: rules[0].where: character 14: a value expected"}},
        ProblemCase{"WhereComparesTextAndNumber",
                    rule_with("where: site > 5"),
                    {"gateway.yaml:5:12: rules[0].where: character 6: text and a number are never "
                     "compared; number(...) and text(...) convert"}},
        ProblemCase{"Deadband",
                    rule_with("thin: {deadband: {t: -1}}"),
                    {"gateway.yaml:5:26: rules[0].thin.deadband.t: a width such as 0.2 or 5% "
                     "expected; got \"-1\""}},
        ProblemCase{"ThinPer",
                    rule_with("thin: {on_change: t, per: device}"),
                    {"gateway.yaml:5:31: rules[0].thin.per: topic, a capture of every topic, or "
                     "a JSON pointer expected; got \"device\""}},
        ProblemCase{"OnlyMaxInterval",
                    rule_with("thin: {max_interval: 5s}"),
                    {"gateway.yaml:5:26: rules[0].thin.max_interval: leaves nothing out by itself; "
                     "give deadband, on_change, every or min_interval too"}},
        ProblemCase{
            "StagesOfBinary",
            "rules:\n  - {name: a, topic: t, group: g, payload: binary, where: qos > 0}\n",
            {"gateway.yaml:2:5: rules[0]: jq, select, convert, where, thin, window and formats "
             "that look into readings need a layout where payload is binary"}}),
    name_of);

std::string event_with(const std::string& line) {
  return "rules:\n  - name: a\n    topic: t/{site}\n    event: told\n    " + line + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    Events, RuleProblems,
    testing::Values(
        ProblemCase{
            "GroupAsWell",
            event_with("group: g"),
            {"gateway.yaml:5:12: rules[0].group: only one of group and event may be given"}},
        ProblemCase{"NotAName",
                    "rules:\n  - {name: a, topic: a, event: a/b}\n",
                    {"gateway.yaml:2:32: rules[0].event: a letter, then at most 127 letters, "
                     "digits, '_', '.' and '-' expected; got \"a/b\""}},
        ProblemCase{"EchoOfNothing",
                    event_with("no_echo: true"),
                    {"gateway.yaml:5:14: rules[0].no_echo: it is for groups, and the rule sends "
                     "events"}},
        ProblemCase{"Stream",
                    event_with("send: stream"),
                    {"gateway.yaml:5:11: rules[0].send: stream is for groups, and the rule sends "
                     "events"}},
        ProblemCase{"ReplyWithoutEvent",
                    rule_with("reply: {topic: a}"),
                    {"gateway.yaml:5:12: rules[0].reply: needs event"}},
        ProblemCase{"ReplyToNowhere",
                    event_with("reply: {qos: 1}"),
                    {"gateway.yaml:5:12: rules[0].reply: it needs topic, or allow: the topics that "
                     "devices may ask to be answered at"}},
        ProblemCase{"ReplyToWhatTheServerSays",
                    event_with("reply: {topic: \"a/{/to}\"}"),
                    {"gateway.yaml:5:20: rules[0].reply.topic: a topic with fields of the answer "
                     "needs allow: what it may become, such as [\"devices/+/answers/#\"]"}},
        ProblemCase{"ReplyToManyAtOnce",
                    event_with("reply: {topic: a}\n    batch: {max_samples: 2}"),
                    {"gateway.yaml:6:26: rules[0].batch.max_samples: with reply each event is one "
                     "reading: 1 expected"}}),
    name_of);

}  // namespace
}  // namespace gateway::config
