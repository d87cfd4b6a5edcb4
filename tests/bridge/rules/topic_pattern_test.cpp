#include "bridge/rules/topic_pattern.h"

#include <gmock/gmock.h>

namespace gateway {
namespace {

using testing::ElementsAre;

struct CaptureCase {
  const char* pattern;
  const char* filter;
  const char* topic;
  std::vector<std::string_view> values;
};

class TopicPatternCapture : public testing::TestWithParam<CaptureCase> {};

TEST_P(TopicPatternCapture, NamesTheLevels) {
  const auto& given = GetParam();
  const auto pattern = TopicPattern::parse(given.pattern);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->filter().text(), given.filter);
  ASSERT_TRUE(pattern->filter().matches(given.topic));
  std::vector<std::string_view> values;
  pattern->capture(given.topic, values);
  EXPECT_EQ(values, given.values);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TopicPatternCapture,
    testing::Values(
        CaptureCase{"sensors/{site}/{device}/telemetry",
                    "sensors/+/+/telemetry",
                    "sensors/berlin/d1/telemetry",
                    {"berlin", "d1"}},
        CaptureCase{"{a}", "+", "x", {"x"}}, CaptureCase{"a/+/{b}", "a/+/+", "a//c", {"c", ""}},
        CaptureCase{"a/{rest...}", "a/+/#", "a/b", {"b"}},
        CaptureCase{"a/{rest...}", "a/+/#", "a/b/c/d", {"b/c/d"}},
        CaptureCase{"{x}/{rest...}", "+/+/#", "1/2/3", {"1", "2/3"}},
        CaptureCase{"{x}/#", "+/#", "1/2/3", {"1", "2/3"}},
        CaptureCase{"{x}/#", "+/#", "1", {"1", ""}},
        CaptureCase{"+/{x}/+/#", "+/+/+/#", "a/b/c/d/e", {"b", "a", "c", "d/e"}},
        CaptureCase{
            "$SYS/broker/{rest...}", "$SYS/broker/+/#", "$SYS/broker/load/bytes", {"load/bytes"}},
        CaptureCase{"{x}/b", "+/b", "/b", {""}},
        CaptureCase{"plain/topic", "plain/topic", "plain/topic", {}}));

TEST(TopicPattern, NumbersWildcardsAfterTheNames) {
  const auto pattern = *TopicPattern::parse("+/{site}/+/#");
  EXPECT_THAT(pattern.names(), ElementsAre("site"));
  EXPECT_THAT(pattern.variables(), ElementsAre("site", "1", "2", "3"));
}

struct BadPattern {
  const char* text;
  const char* why;
};

class TopicPatternRefusal : public testing::TestWithParam<BadPattern> {};

TEST_P(TopicPatternRefusal, SaysWhatIsWrong) {
  const auto pattern = TopicPattern::parse(GetParam().text);
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().message, GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TopicPatternRefusal,
    testing::Values(
        BadPattern{"", "a topic filter cannot be empty"},
        BadPattern{"a/x{b}", "a capture must fill its level by itself, not as in \"x{b}\""},
        BadPattern{"a/{b", "a capture must fill its level by itself, not as in \"{b\""},
        BadPattern{"a/{}", "a capture needs a name, as in {device}"},
        BadPattern{
            "a/{1b}",
            "the capture {1b} must start with a letter and hold only letters, digits and '_'"},
        BadPattern{"{b}/{b}", "the capture {b} stands twice"},
        BadPattern{"a/{b...}/c", "{b...} must be the last level"},
        BadPattern{"$share/gateways/a",
                   "\"$share\" is no topic: messages of a shared subscription come with their own"},
        BadPattern{"{a}/#/b", "'#' must be the last level"}));

}  // namespace
}  // namespace gateway
