#include "bridge/rules/subscription_plan.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

std::string plan(const std::vector<std::pair<std::string, int>>& wanted) {
  std::vector<PlannedSubscription> subscriptions;
  for (const auto& [text, qos] : wanted) {
    subscriptions.push_back({*TopicFilter::parse(text), static_cast<std::uint8_t>(qos)});
  }
  std::string result;
  for (const auto& each : plan_subscriptions(std::move(subscriptions))) {
    result += each.filter.text() + ":" + std::to_string(each.qos) + " ";
  }
  return result;
}

TEST(SubscriptionPlan, LeavesOutWhatAnotherCovers) {
  EXPECT_EQ(plan({{"a/#", 0}, {"a/b", 1}, {"a/+/c", 0}, {"z", 2}}), "a/#:1 z:2 ");
}

TEST(SubscriptionPlan, WidensFiltersThatCross) {
  EXPECT_EQ(plan({{"a/+/c", 1}, {"a/b/#", 0}}), "a/+/#:1 ");
  EXPECT_EQ(plan({{"+/a", 0}, {"b/+", 0}, {"c/d/e", 0}}), "+/+:0 c/d/e:0 ");
}

TEST(SubscriptionPlan, KeepsTheSystemTreeApart) {
  EXPECT_EQ(plan({{"#", 0}, {"$SYS/broker/load/#", 0}}), "#:0 $SYS/broker/load/#:0 ");
}

TEST(SubscriptionPlan, NeverLeavesTwoThatOverlap) {
  std::vector<PlannedSubscription> wanted;
  for (const char* text : {"a/+/c/+", "a/b/+/d", "+/b/c/d", "a/b/c/#", "q/+", "q/r/#", "a/+"}) {
    wanted.push_back({*TopicFilter::parse(text), 0});
  }
  const auto planned = plan_subscriptions(wanted);
  for (std::size_t i = 0; i < planned.size(); ++i) {
    for (std::size_t j = i + 1; j < planned.size(); ++j) {
      EXPECT_FALSE(planned[i].filter.overlaps(planned[j].filter));
    }
  }
}

TEST(SubscriptionPlan, AsksForKeptMessagesWhenOneRuleWantsThem) {
  const auto planned = plan_subscriptions({{*TopicFilter::parse("a/#"), 0, false},
                                           {*TopicFilter::parse("a/b"), 0, true},
                                           {*TopicFilter::parse("z"), 0, false}});
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_TRUE(planned[0].retained);
  EXPECT_FALSE(planned[1].retained);
}

}  // namespace
}  // namespace gateway
