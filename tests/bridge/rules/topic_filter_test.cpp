#include "bridge/rules/topic_filter.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TopicFilter filter(std::string_view text) {
  auto parsed = TopicFilter::parse(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

struct MatchCase {
  const char* filter;
  const char* topic;
  bool matches;
};

class TopicFilterMatch : public testing::TestWithParam<MatchCase> {};

TEST_P(TopicFilterMatch, FollowsTheSpecification) {
  const auto& given = GetParam();
  EXPECT_EQ(filter(given.filter).matches(given.topic), given.matches)
      << given.filter << " on " << given.topic;
}

// The examples of MQTT 5.0, 4.7.1 and 4.7.2, then corners of our own.
INSTANTIATE_TEST_SUITE_P(
    Specification, TopicFilterMatch,
    testing::Values(MatchCase{"sport/tennis/player1/#", "sport/tennis/player1", true},
                    MatchCase{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
                    MatchCase{"sport/tennis/player1/#", "sport/tennis/player1/score/w", true},
                    MatchCase{"sport/#", "sport", true}, MatchCase{"#", "a/b/c", true},
                    MatchCase{"sport/tennis/+", "sport/tennis/player1", true},
                    MatchCase{"sport/tennis/+", "sport/tennis/player1/ranking", false},
                    MatchCase{"sport/+", "sport", false}, MatchCase{"sport/+", "sport/", true},
                    MatchCase{"+/+", "/finance", true}, MatchCase{"/+", "/finance", true},
                    MatchCase{"+", "/finance", false}, MatchCase{"#", "$SYS/broker", false},
                    MatchCase{"+/monitor/Clients", "$SYS/monitor/Clients", false},
                    MatchCase{"$SYS/#", "$SYS/broker", true},
                    MatchCase{"$SYS/monitor/+", "$SYS/monitor/Clients", true},
                    MatchCase{"a/b", "a/b", true}, MatchCase{"a/b", "a/b/c", false},
                    MatchCase{"a/b/c", "a/b", false}, MatchCase{"a//c", "a//c", true},
                    MatchCase{"a/+/c", "a//c", true}, MatchCase{"a/+/#", "a/b", true},
                    MatchCase{"a/+/#", "a", false}, MatchCase{"A", "a", false}));

struct BadFilter {
  std::string text;
  const char* why;
};

class TopicFilterRefusal : public testing::TestWithParam<BadFilter> {};

TEST_P(TopicFilterRefusal, SaysWhatIsWrong) {
  const auto parsed = TopicFilter::parse(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TopicFilterRefusal,
    testing::Values(BadFilter{"", "a topic filter cannot be empty"},
                    BadFilter{std::string(65536, 'a'), "a topic filter has at most 65535 bytes"},
                    BadFilter{std::string("a\0b", 3), "a topic filter cannot hold a NUL"},
                    BadFilter{"a/\xFF", "a topic filter must be UTF-8"},
                    BadFilter{"a/#/b", "'#' must be the last level"},
                    BadFilter{"a/b#", "a wildcard must fill its level by itself, not as in \"b#\""},
                    BadFilter{"a+/b",
                              "a wildcard must fill its level by itself, not as in \"a+\""}));

struct PairCase {
  const char* one;
  const char* other;
  const char* joined;  // nullptr: they do not overlap
};

class TopicFilterPair : public testing::TestWithParam<PairCase> {};

TEST_P(TopicFilterPair, OverlapsAndJoins) {
  const auto one = filter(GetParam().one);
  const auto other = filter(GetParam().other);
  const bool overlap = GetParam().joined != nullptr;
  ASSERT_EQ(one.overlaps(other), overlap);
  ASSERT_EQ(other.overlaps(one), overlap);
  if (overlap) {
    EXPECT_EQ(one.joined_with(other).text(), GetParam().joined);
    EXPECT_EQ(other.joined_with(one).text(), GetParam().joined);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, TopicFilterPair,
    testing::Values(PairCase{"a/b", "a/b", "a/b"}, PairCase{"a/b", "a/c", nullptr},
                    PairCase{"a/+/c", "a/b/#", "a/+/#"}, PairCase{"+/a", "b/+", "+/+"},
                    PairCase{"#", "a/b/c", "#"}, PairCase{"a/#", "a", "a/#"},
                    PairCase{"a/#", "a/+", "a/#"}, PairCase{"a/+", "a", nullptr},
                    PairCase{"a/b/#", "a/+", "a/+/#"}, PairCase{"a/+/#", "a", nullptr},
                    PairCase{"#", "$SYS/x", nullptr}, PairCase{"+/x", "$SYS/x", nullptr},
                    PairCase{"$SYS/#", "$SYS/+", "$SYS/#"}, PairCase{"a/b", "a/b/c", nullptr}));

TEST(Topic, MayBePublishedToWithoutWildcardsOnly) {
  EXPECT_TRUE(is_valid_topic("devices/d1/commands/set-point"));
  EXPECT_TRUE(is_valid_topic("/"));
  EXPECT_FALSE(is_valid_topic(""));
  EXPECT_FALSE(is_valid_topic("a/+"));
  EXPECT_FALSE(is_valid_topic("a/#"));
  EXPECT_FALSE(is_valid_topic(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_valid_topic("a\xC0\x80"));
  EXPECT_FALSE(is_valid_topic(std::string(65536, 'a')));
}

}  // namespace
}  // namespace gateway
