#include "bridge/rules/rule_options.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

RuleTopics sensors() { return RuleTopics({*TopicPattern::parse("sensors/{site}/{device}")}); }

TEST(Group, IsATemplateOverCapturesAndTheGateway) {
  const auto group = parse_group("{gateway.id}-{{site}}-{site}", sensors());
  ASSERT_TRUE(group);
  EXPECT_FALSE(group->is_constant());
  ASSERT_EQ(group->parts().size(), 3U);
  EXPECT_EQ(group->parts()[0].text, "gateway.id");
  EXPECT_EQ(group->parts()[1].text, "-{site}-");
  EXPECT_EQ(group->parts()[2].text, "site");
}

TEST(Group, NamesWhatIsKnownWhenAVariableIsNot) {
  const auto group = parse_group("site-{sit}", sensors());
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().message,
            "{sit} is not captured by the topic; known here: {gateway.id}, {site}, {device} and "
            "{/FIELD} of the payload");
}

TEST(Group, MayHoldFieldsOfThePayload) {
  const auto group = parse_group("{site}-{/station/name}", sensors());
  ASSERT_TRUE(group);
  EXPECT_TRUE(uses_payload(*group));
  EXPECT_FALSE(uses_payload(*parse_group("{site}", sensors())));
  EXPECT_FALSE(parse_group("{/a~2}", sensors()));
}

TEST(Group, KnowsOnlyWhatEveryTopicCaptures) {
  const RuleTopics topics(
      {*TopicPattern::parse("a/{site}/{device}"), *TopicPattern::parse("b/{device}/+/{site}")});
  EXPECT_TRUE(parse_group("{site}-{device}", topics));
  const auto group = parse_group("{1}", topics);
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().message,
            "{1} is not captured by every topic of the rule; known here: {gateway.id}, {site}, "
            "{device} and {/FIELD} of the payload");
}

TEST(Group, RefusesATooLongTextWhateverFillsIt) {
  EXPECT_FALSE(parse_group(std::string(1025, 'g') + "{site}", sensors()));
}

TEST(Group, RefusesWhatTheServiceWouldRefuse) {
  EXPECT_FALSE(parse_group("", sensors()));
  EXPECT_FALSE(parse_group(std::string(1025, 'g'), sensors()));
  EXPECT_FALSE(parse_group("a\nb", sensors()));
  EXPECT_FALSE(parse_group("  ", sensors()));
  EXPECT_TRUE(parse_group(std::string(1024, 'g'), sensors()));
  EXPECT_TRUE(parse_group("Küche 3/links", sensors()));
  std::string umlauts;
  for (int i = 0; i < 1024; ++i) umlauts += "ü";
  EXPECT_TRUE(parse_group(umlauts, sensors())) << "characters count, not bytes";
  EXPECT_FALSE(parse_group(umlauts + "ü", sensors()));
  EXPECT_TRUE(parse_group(" {site}", sensors())) << "what fills it may be more than blank";
}

TEST(Group, NeedsItsBracesInPairs) {
  const auto open = parse_group("site-{site", sensors());
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().message, "a single '{' must be written twice, or be part of {name}");
  const auto close = parse_group("site}", sensors());
  ASSERT_FALSE(close);
  EXPECT_EQ(close.error().message, "a single '}' must be written twice, or be part of {name}");
}

}  // namespace
}  // namespace gateway
