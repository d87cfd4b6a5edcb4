#include "bridge/uplink/rule_line.h"

#include <gmock/gmock.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;
using webpubsub::DataType;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};
constexpr std::int64_t kTime = 1763690400123;

RuleOptions rule(std::string_view topic, std::string_view group) {
  const RuleTopics topics({*TopicPattern::parse(topic)});
  return {.name = "climate", .topics = topics, .group = *parse_group(group, topics)};
}

class Line {
 public:
  explicit Line(RuleOptions options) : line(0, std::move(options), "edge-01", buffers) {}

  bool take(std::string_view topic, std::string_view payload, TimePoint now = kStart) {
    return !line.take(Reading{.time = kTime, .arrived = now, .topic = topic, .payload = payload},
                      now, closed)
                .has_value();
  }
  const Batch& close() {
    line.close_all(closed);
    return closed.back();
  }
  std::uint64_t dropped(DropReason reason) const {
    return line.dropped()[static_cast<std::size_t>(reason)];
  }

  BufferPool buffers;
  RuleLine line;
  std::vector<Batch> closed;
};

TEST(RuleLine, WritesTheBatchOfTheContract) {
  Line line(rule("sensors/{site}/{device}/telemetry", "site-{site}"));
  EXPECT_TRUE(line.take("sensors/berlin/d1/telemetry",
                        R"({"temperature":21.50, "n":12345678901234567890})"));
  EXPECT_TRUE(line.take("sensors/berlin/d\"2/telemetry", "[1e300]"));
  const auto& batch = line.close();
  EXPECT_EQ(batch.group, "site-berlin");
  EXPECT_EQ(batch.type, DataType::Json);
  EXPECT_EQ(batch.samples, 2U);
  EXPECT_EQ(
      batch.bytes,
      R"({"v":1,"gateway":"edge-01","rule":"climate","seq":1,"late":false,"samples":[)"
      R"({"topic":"sensors/berlin/d1/telemetry","time":1763690400123,"site":"berlin","device":"d1",)"
      R"("data":{"temperature":21.50, "n":12345678901234567890}},)"
      R"({"topic":"sensors/berlin/d\"2/telemetry","time":1763690400123,"site":"berlin","device":"d\"2",)"
      R"("data":[1e300]}]})");
}

TEST(RuleLine, MarksALateBatchInPlace) {
  Line line(rule("t", "g"));
  line.take("t", "1");
  auto batch = line.close();
  batch.mark_late();
  EXPECT_EQ(batch.bytes,
            R"({"v":1,"gateway":"edge-01","rule":"climate","seq":1,"late":true ,"samples":[)"
            R"({"topic":"t","time":1763690400123,"data":1}]})");
}

TEST(RuleLine, PutsCapturesThatClashIntoTags) {
  Line line(rule("{topic}/{site}/{data}", "g"));
  line.take("a/b/c", "1");
  EXPECT_THAT(line.close().bytes,
              testing::HasSubstr(
                  R"("time":1763690400123,"site":"b","tags":{"topic":"a","data":"c"},"data":1)"));
}

TEST(RuleLine, FillsGroupsFromTopicAndPayload) {
  Line line(rule("s/{site}/+", "{site}-{1}-{/station/0/name}"));
  EXPECT_TRUE(line.take("s/berlin/x", R"({"station":[{"name":"d\u0031 \u00fc"}]})"));
  EXPECT_EQ(line.close().group, "berlin-x-d1 ü");
  EXPECT_TRUE(line.take("s/berlin/x", R"({"station":[{"name":7.50}]})"));
  EXPECT_EQ(line.close().group, "berlin-x-7.50");
  EXPECT_FALSE(line.take("s/berlin/x", R"({"station":[]})"));
  EXPECT_FALSE(line.take("s/berlin/x", R"({"station":[{"name":null}]})"));
  EXPECT_FALSE(line.take("s/berlin/x", R"({"station":[{"name":"a\nb"}]})"));
  EXPECT_EQ(line.dropped(DropReason::InvalidGroup), 3U);
  EXPECT_FALSE(line.take("s/berlin/x", "{"));
  EXPECT_EQ(line.dropped(DropReason::Malformed), 1U);
}

TEST(RuleLine, GroupsOfThePayloadAreBounded) {
  Line line(rule("t", "{/g}"));
  for (int i = 0; i < 5000; ++i) {
    line.take("t", "{\"g\":" + std::to_string(i) + "}");
    line.line.close_all(line.closed);
  }
  EXPECT_GE(line.line.cache_resets(), 2U);
}

TEST(RuleLine, TakesTheFirstPatternThatMatches) {
  const RuleTopics topics({*TopicPattern::parse("a/{site}/{device}"),
                           *TopicPattern::parse("b/{device}/{site}/{more}")});
  Line line({.name = "climate", .topics = topics, .group = *parse_group("{site}", topics)});
  line.take("a/berlin/d1", "1");
  line.take("b/d2/berlin/x", "2");
  const auto& batch = line.close();
  EXPECT_EQ(batch.group, "berlin");
  EXPECT_THAT(batch.bytes, testing::HasSubstr(R"("site":"berlin","device":"d1","data":1)"));
  EXPECT_THAT(batch.bytes,
              testing::HasSubstr(R"("device":"d2","site":"berlin","more":"x","data":2)"));
}

struct RetainedCase {
  Retained retained;
  std::size_t samples;
  bool marked;
};

class RuleLineRetained : public testing::TestWithParam<RetainedCase> {};

TEST_P(RuleLineRetained, TreatsKeptValuesAsItsRuleSays) {
  auto options = rule("t", "g");
  options.retained = GetParam().retained;
  Line line(options);
  const Reading kept{
      .time = kTime, .arrived = kStart, .topic = "t", .payload = "1", .retained = true};
  EXPECT_FALSE(line.line.take(kept, kStart, line.closed));
  line.take("t", "2");
  const auto& batch = line.close();
  EXPECT_EQ(batch.samples, GetParam().samples);
  const std::string mark = R"({"topic":"t","time":1763690400123,"retained":true,"data":1})";
  EXPECT_EQ(batch.bytes.find(mark) != std::string::npos, GetParam().marked);
  EXPECT_EQ(line.line.filtered()[static_cast<std::size_t>(FilterReason::Retained)],
            2 - GetParam().samples);
}

INSTANTIATE_TEST_SUITE_P(Table, RuleLineRetained,
                         testing::Values(RetainedCase{Retained::Initial, 2, true},
                                         RetainedCase{Retained::Ignore, 1, false},
                                         RetainedCase{Retained::Always, 2, false}));

struct FormatCase {
  PayloadType payload;
  Format format;
  std::string first;
  std::string second;
  DataType type;
  std::vector<std::string> bytes;
};

class RuleLineFormat : public testing::TestWithParam<FormatCase> {};

TEST_P(RuleLineFormat, PassesPayloadsOn) {
  const auto& given = GetParam();
  auto options = rule("t", "g");
  options.payload = given.payload;
  options.format = given.format;
  Line line(options);
  EXPECT_TRUE(line.take("t", given.first));
  EXPECT_TRUE(line.take("t", given.second));
  line.line.close_all(line.closed);
  std::vector<std::string> bytes;
  for (const auto& batch : line.closed) {
    EXPECT_EQ(batch.type, given.type);
    bytes.push_back(batch.bytes);
  }
  EXPECT_EQ(bytes, given.bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RuleLineFormat,
    testing::Values(
        FormatCase{PayloadType::Json,
                   Format::Payload,
                   "{\"a\": 1}",
                   "2",
                   DataType::Json,
                   {"{\"a\": 1}", "2"}},
        FormatCase{PayloadType::Text, Format::Payload, "on", "", DataType::Text, {"on", ""}},
        FormatCase{PayloadType::Binary,
                   Format::Payload,
                   std::string("\0\xFF", 2),
                   "x",
                   DataType::Binary,
                   {std::string("\0\xFF", 2), "x"}},
        FormatCase{PayloadType::Json, Format::Payloads, "1", "{}", DataType::Json, {"[1,{}]"}},
        FormatCase{
            PayloadType::Text, Format::Payloads, "a\"b", "", DataType::Json, {"[\"a\\\"b\",\"\"]"}},
        FormatCase{PayloadType::Binary,
                   Format::Payloads,
                   std::string("\0\xFF", 2),
                   "",
                   DataType::Json,
                   {"[\"AP8=\",\"\"]"}},
        FormatCase{
            PayloadType::Text,
            Format::Samples,
            "on",
            "off",
            DataType::Json,
            {R"({"v":1,"gateway":"edge-01","rule":"climate","seq":1,"late":false,"samples":[)"
             R"({"topic":"t","time":1763690400123,"data":"on"},)"
             R"({"topic":"t","time":1763690400123,"data":"off"}]})"}},
        FormatCase{
            PayloadType::Binary,
            Format::Samples,
            "hi",
            "",
            DataType::Json,
            {R"({"v":1,"gateway":"edge-01","rule":"climate","seq":1,"late":false,"samples":[)"
             R"({"topic":"t","time":1763690400123,"encoding":"base64","data":"aGk="},)"
             R"({"topic":"t","time":1763690400123,"encoding":"base64","data":""}]})"}}));

TEST(RuleLine, CountsEachGroupsBatchesByThemselves) {
  Line line(rule("s/{site}", "{site}"));
  for (const char* topic : {"s/a", "s/b", "s/a"}) {
    line.take(topic, "1");
    line.line.close_all(line.closed);
  }
  EXPECT_THAT(line.closed[0].bytes, testing::HasSubstr("\"seq\":1,"));
  EXPECT_THAT(line.closed[1].bytes, testing::HasSubstr("\"seq\":1,"));
  EXPECT_THAT(line.closed[2].bytes, testing::HasSubstr("\"seq\":2,"));
}

TEST(RuleLine, ClosesABatchThatIsFull) {
  auto options = rule("t", "g");
  options.batch.max_samples = 3;
  Line by_count(options);
  for (int i = 0; i < 7; ++i) by_count.take("t", "1");
  EXPECT_THAT(by_count.closed, SizeIs(2));
  EXPECT_EQ(by_count.line.open_samples(), 1U);

  options.batch = {.max_samples = 1000, .max_bytes = 300};
  Line by_bytes(options);
  for (int i = 0; i < 10; ++i) by_bytes.take("t", "\"" + std::string(50, 'x') + "\"");
  ASSERT_THAT(by_bytes.closed, testing::Not(testing::IsEmpty()));
  for (const auto& batch : by_bytes.closed) EXPECT_LE(batch.bytes.size(), 302U);
}

TEST(RuleLine, ALargeReadingTravelsAlone) {
  auto options = rule("t", "g");
  options.batch.max_bytes = 1000;
  Line line(options);
  line.take("t", "1");
  line.take("t", "\"" + std::string(5000, 'x') + "\"");
  line.take("t", "2");
  EXPECT_THAT(line.closed, SizeIs(2));
  EXPECT_EQ(line.closed[1].samples, 1U);
}

TEST(RuleLine, AReadingThatGrowsTooLargeForItsBatchTravelsAlone) {
  auto options = rule("t", "g");
  options.payload = PayloadType::Text;
  options.batch.max_bytes = 990'000;
  Line line(options);
  EXPECT_TRUE(line.take("t", std::string(400'000, 'x')));
  EXPECT_TRUE(line.take("t", std::string(400'000, '"')));  // 800,000 bytes of JSON
  EXPECT_TRUE(line.take("t", "last"));
  line.close();
  ASSERT_THAT(line.closed, SizeIs(2));
  EXPECT_EQ(line.closed[0].samples, 1U);
  EXPECT_EQ(line.closed[1].samples, 2U);
  EXPECT_EQ(line.dropped(DropReason::TooLarge), 0U);
}

TEST(RuleLine, ClosesWhatHasWaitedLongEnough) {
  auto options = rule("s/{site}", "{site}");
  options.batch.max_delay = 50ms;
  Line line(options);
  EXPECT_EQ(line.line.next_due(), TimePoint::max());
  line.take("s/a", "1", kStart);
  line.take("s/b", "1", kStart + 30ms);
  EXPECT_EQ(line.line.next_due(), kStart + 50ms);
  line.line.close_due(kStart + 49ms, line.closed);
  EXPECT_THAT(line.closed, SizeIs(0));
  line.line.close_due(kStart + 50ms, line.closed);
  EXPECT_THAT(line.closed, SizeIs(1));
  EXPECT_EQ(line.line.next_due(), kStart + 80ms);
}

TEST(RuleLine, CountsWhatCannotGoOnAndKeepsTheRest) {
  auto options = rule("s/{site}", "{site}");
  Line line(options);
  EXPECT_TRUE(line.take("s/a", "1"));
  EXPECT_FALSE(line.take("s/a", "{\"a\":}"));
  EXPECT_FALSE(line.take("s/a", ""));
  EXPECT_FALSE(line.take("s/a", "\"\xFF\""));
  EXPECT_FALSE(line.take("s/a\xFF", "1"));
  EXPECT_FALSE(line.take("s/", "1"));
  EXPECT_FALSE(line.take("s/a", "\"" + std::string(1'000'000, 'x') + "\""));
  EXPECT_TRUE(line.take("s/a", "2"));
  line.line.close_all(line.closed);
  EXPECT_EQ(line.dropped(DropReason::Malformed), 4U);
  EXPECT_EQ(line.dropped(DropReason::InvalidGroup), 1U);
  EXPECT_EQ(line.dropped(DropReason::TooLarge), 1U);
  std::size_t samples = 0;
  for (const auto& batch : line.closed) samples += batch.samples;
  EXPECT_EQ(samples, 2U);
  EXPECT_THAT(line.closed.back().bytes, testing::HasSubstr("\"seq\":2,"));
}

TEST(RuleLine, ForgetsTopicsOfARuleThatSeesTooManyAndNeverRepeatsASequence) {
  auto options = rule("s/{device}", "{device}");
  Line line(options);
  for (int device = 0; device < 5000; ++device) {
    line.take("s/" + std::to_string(device), "1");
    line.line.close_all(line.closed);
  }
  EXPECT_GE(line.line.cache_resets(), 2U);
  line.take("s/0", "1");
  // Forgotten twice over: above what the first generation used, and the second.
  EXPECT_THAT(line.close().bytes, testing::HasSubstr("\"seq\":3,"));
}

// What is told of a window may be the reading that makes the rule forget what it knows.
TEST(RuleLine, AWindowOfMoreGroupsThanARuleRemembersIsTold) {
  for (const std::uint64_t count : {0U, 1U}) {
    auto options = rule("s/{device}", "group-{device}");
    options.window = {.every = count == 0 ? 10s : 0s,
                      .count = count,
                      .per = "device",
                      .compute = {{"t", {{WindowFunction::Kind::Last}}, true}}};
    Line line(options);
    std::uint64_t told = 0;
    for (int round = 0; round < 3; ++round) {
      for (int device = 0; device < 2'500; ++device) {
        const auto at = kStart + round * 10s;
        const auto topic = "s/a-device-with-a-long-name-" + std::to_string(device);
        const Reading reading{
            .time = kTime + round * 10'000, .arrived = at, .topic = topic, .payload = R"({"t":1})"};
        ASSERT_FALSE(line.line.take(reading, at, line.closed));
        line.line.close_all(line.closed);
        for (const auto& batch : line.closed) {
          EXPECT_TRUE(batch.group.starts_with("group-a-device-with-a-long-name-"));
          told += batch.samples;
        }
        line.closed.clear();
      }
    }
    EXPECT_EQ(told + line.line.pending(), 7'500U);
    EXPECT_GT(line.line.cache_resets(), 0U);
  }
}

TEST(RuleLine, ABatchIsMadeAgainInARuleThatRemembersNoMoreGroups) {
  Line line(rule("s/{device}", "group-{device}"));
  for (int device = 0; device < 2'000; ++device) {
    line.line.resume("group-" + std::to_string(device), 7);
  }
  const Reading reading{
      .time = kTime, .arrived = kStart, .topic = "s/5", .payload = "1", .spooled = 3};
  line.line.rebuild("group-5", 8, {reading}, kStart, line.closed);
  ASSERT_THAT(line.closed, SizeIs(1));
  EXPECT_EQ(line.closed[0].group, "group-5");
  EXPECT_EQ(line.closed[0].sequence, 8U);
}

// They passed when the batch was made first, each compared with what there was then.
TEST(RuleLine, ABatchThatIsMadeAgainIsNotThinnedOnceMore) {
  auto options = rule("s/{device}", "g");
  options.thin.every = 10;
  Line line(options);
  std::vector<Reading> readings;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    readings.push_back(
        {.time = kTime, .arrived = kStart, .topic = "s/d", .payload = "1", .spooled = 10 * number});
  }
  line.line.rebuild("g", 4, readings, kStart, line.closed);
  ASSERT_THAT(line.closed, SizeIs(1));
  EXPECT_EQ(line.closed[0].samples, 5U);
  EXPECT_THAT(line.closed[0].spooled, testing::ElementsAre(10U, 20U, 30U, 40U, 50U));
  // What comes next is compared with them.
  for (int i = 0; i < 9; ++i) line.take("s/d", "1");
  EXPECT_EQ(line.line.filtered()[static_cast<std::size_t>(FilterReason::Thin)], 9U);
  line.take("s/d", "1");
  EXPECT_EQ(line.close().samples, 1U);
}

}  // namespace
}  // namespace gateway
