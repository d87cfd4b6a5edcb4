#include "bridge/rules/route_table.h"

#include <gmock/gmock.h>

#include "base/random.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<TopicFilter> filters(const std::vector<std::string>& texts) {
  std::vector<TopicFilter> result;
  for (const auto& text : texts) result.push_back(*TopicFilter::parse(text));
  return result;
}

std::vector<std::uint32_t> match(const RouteTable& table, std::string_view topic) {
  std::vector<std::uint32_t> rules;
  table.match(topic, rules);
  return rules;
}

TEST(RouteTable, FindsEveryRuleOnceInOrder) {
  const RouteTable table(filters({"#", "a/+/c", "a/b/#", "a/b/c", "a/b/c", "x"}));
  EXPECT_THAT(match(table, "a/b/c"), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(match(table, "a/b"), ElementsAre(0, 2));
  EXPECT_THAT(match(table, "x"), ElementsAre(0, 5));
  EXPECT_THAT(match(table, "y"), ElementsAre(0));
  EXPECT_THAT(match(table, "$SYS/x"), IsEmpty());
}

TEST(RouteTable, ARuleWithSeveralFiltersIsFoundOnce) {
  const RouteTable table(std::vector<RouteTable::Route>{{*TopicFilter::parse("a/#"), 7},
                                                        {*TopicFilter::parse("+/b"), 7},
                                                        {*TopicFilter::parse("a/b"), 3}});
  EXPECT_THAT(match(table, "a/b"), ElementsAre(3, 7));
  EXPECT_THAT(match(table, "x/b"), ElementsAre(7));
}

TEST(RouteTable, ExceptionsTakeTopicsFromTheirRuleOnly) {
  const RouteTable table(std::vector<RouteTable::Route>{{*TopicFilter::parse("a/#"), 0},
                                                        {*TopicFilter::parse("a/debug/#"), 0, true},
                                                        {*TopicFilter::parse("a/+/raw"), 0, true},
                                                        {*TopicFilter::parse("a/#"), 1}});
  EXPECT_THAT(match(table, "a/x"), ElementsAre(0, 1));
  EXPECT_THAT(match(table, "a/debug"), ElementsAre(1));
  EXPECT_THAT(match(table, "a/x/raw"), ElementsAre(1));
}

TEST(RouteTable, TakesTopicsOfAnyDepth) {
  std::string deep = "a";
  for (int level = 0; level < 30'000; ++level) deep += "/x";
  EXPECT_THAT(match(RouteTable(filters({"a/#", "+/+"})), deep), ElementsAre(0));
}

// The filter alone is the plain statement of what matches; the tree must agree with it always.
TEST(RouteTable, AgreesWithTheFiltersThemselves) {
  const std::vector<std::string> words = {"a", "b", "+", "", "$s"};
  const auto random_levels = [&](bool filter) {
    std::string text;
    const auto depth = 1 + webpubsub::random_below(4);
    for (std::uint64_t level = 0; level < depth; ++level) {
      if (level > 0) text += '/';
      auto word = words[webpubsub::random_below(words.size())];
      text += !filter && word == "+" ? "c" : word;
    }
    if (filter && webpubsub::random_below(3) == 0) text += "/#";
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> texts;
    while (texts.size() < 20) {
      if (auto text = random_levels(true); !text.empty()) texts.push_back(text);
    }
    const auto all = filters(texts);
    const RouteTable table(all);
    for (int topic_index = 0; topic_index < 50; ++topic_index) {
      const auto topic = random_levels(false);
      std::vector<std::uint32_t> expected;
      for (std::uint32_t rule = 0; rule < all.size(); ++rule) {
        if (all[rule].matches(topic)) expected.push_back(rule);
      }
      ASSERT_EQ(match(table, topic), expected) << topic;
    }
  }
}

}  // namespace
}  // namespace gateway
