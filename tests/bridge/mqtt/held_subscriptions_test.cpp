#include "bridge/mqtt/held_subscriptions.h"

#include <gmock/gmock.h>

#include "bridge/mqtt/subscribe_round.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> adds(HeldSubscriptions& held) {
  std::vector<std::string> filters;
  for (const auto& each : held.next_to_add()) {
    filters.push_back(each.filter + " " + std::to_string(each.qos));
  }
  return filters;
}

std::vector<std::string> drops(HeldSubscriptions& held) {
  const auto filters = held.next_to_drop();
  return {filters.begin(), filters.end()};
}

TEST(HeldSubscriptions, AsksForWhatIsNewAndThenGivesUpWhatIsOld) {
  HeldSubscriptions held({{"a", 1}, {"b", 1}});
  held.connected(false);
  EXPECT_THAT(adds(held), ElementsAre("a 1", "b 1"));
  EXPECT_TRUE(held.waits());
  held.added({true, true});
  EXPECT_FALSE(held.waits());
  EXPECT_THAT(adds(held), IsEmpty());
  EXPECT_THAT(drops(held), IsEmpty());

  held.want({{"b", 1}, {"c", 0}});
  EXPECT_THAT(adds(held), ElementsAre("c 0"));
  held.added({true});
  EXPECT_THAT(adds(held), IsEmpty());
  EXPECT_THAT(drops(held), ElementsAre("a"));
  held.dropped(true);
  EXPECT_THAT(drops(held), IsEmpty());
}

TEST(HeldSubscriptions, WhatAnEarlierProcessAskedForIsAskedForAgainOrGivenUp) {
  HeldSubscriptions held({{"kept", 1}});
  held.remember({"gone", "kept"});
  held.connected(true);
  EXPECT_THAT(adds(held), ElementsAre("kept 1"));
  held.added({true});
  EXPECT_THAT(adds(held), IsEmpty());
  EXPECT_THAT(drops(held), ElementsAre("gone"));
  held.dropped(true);
  EXPECT_THAT(drops(held), IsEmpty());
}

TEST(HeldSubscriptions, WithoutItsSessionTheBrokerHoldsNothing) {
  HeldSubscriptions held({{"kept", 1}});
  held.remember({"gone"});
  held.connected(false);
  EXPECT_THAT(adds(held), ElementsAre("kept 1"));
  held.added({true});
  EXPECT_THAT(drops(held), IsEmpty());
}

TEST(HeldSubscriptions, AnotherQosIsAskedForInPlace) {
  HeldSubscriptions held({{"a", 0}});
  held.connected(false);
  adds(held);
  held.added({true});
  held.want({{"a", 1}});
  EXPECT_THAT(adds(held), ElementsAre("a 1"));
  held.added({true});
  EXPECT_THAT(drops(held), IsEmpty());
}

TEST(HeldSubscriptions, WhatTheBrokerHasKeptComesOnceAndWhenItIsWantedAnew) {
  HeldSubscriptions held({{.filter = "a", .qos = 0, .retained = true}});
  held.connected(false);
  EXPECT_TRUE(held.next_to_add()[0].retained);
  held.added({true});
  held.want({{.filter = "a", .qos = 1, .retained = true}});
  EXPECT_FALSE(held.next_to_add()[0].retained) << "it came with the first request";
  held.added({true});

  held.want({{.filter = "a", .qos = 1, .retained = false}});
  EXPECT_THAT(adds(held), IsEmpty()) << "what is held brings nothing that was kept";
  held.want({{.filter = "a", .qos = 1, .retained = true}});
  EXPECT_TRUE(held.next_to_add()[0].retained);
  held.added({true});
  EXPECT_THAT(adds(held), IsEmpty());
}

TEST(SubscribeRound, TellsOfAllWithTheLastAnswer) {
  SubscribeRound round;
  const auto asks = round.begin(3);
  EXPECT_EQ(round.answer(asks[2], 0x87), std::nullopt);
  EXPECT_EQ(round.answer(asks[0], 1), std::nullopt);
  EXPECT_EQ(round.answer(asks[1], 0), (std::vector{1, 0, 0x87}));
  EXPECT_EQ(round.answer(asks[1], 0), std::nullopt) << "answered before";
}

TEST(SubscribeRound, HasNoCodesWhenOneGotNoAnswer) {
  SubscribeRound round;
  const auto asks = round.begin(2);
  EXPECT_EQ(round.answer(asks[0], SubscribeRound::kNoAnswer), std::nullopt);
  EXPECT_EQ(round.answer(asks[1], 1), std::vector<int>{});
}

TEST(SubscribeRound, TakesNoAnswerOfAnEarlierOne) {
  SubscribeRound round;
  const auto earlier = round.begin(2);
  EXPECT_EQ(round.answer(earlier[0], 1), std::nullopt);
  const auto asks = round.begin(1);
  EXPECT_EQ(round.answer(earlier[1], 0x80), std::nullopt);
  EXPECT_EQ(round.answer(asks[0], 1), std::vector{1});
}

TEST(HeldSubscriptions, ASessionSparesWhatItHolds) {
  HeldSubscriptions held({{"a", 1}});
  held.connected(false);
  adds(held);
  held.added({true});
  held.want({{"b", 1}});  // while away
  held.connected(true);
  EXPECT_THAT(adds(held), ElementsAre("b 1"));
  held.added({true});
  EXPECT_THAT(drops(held), ElementsAre("a"));
  // The connection ends before the answer: the broker may still send "a".
  held.connected(true);
  EXPECT_THAT(adds(held), IsEmpty());
  EXPECT_THAT(drops(held), ElementsAre("a"));
  held.connected(false);
  EXPECT_THAT(adds(held), ElementsAre("b 1"));
}

TEST(HeldSubscriptions, WhatWasRefusedIsAskedForAgainOnTheNextConnection) {
  HeldSubscriptions held({{"a", 1}, {"secret", 1}});
  held.connected(false);
  adds(held);
  held.added({true, false});
  EXPECT_THAT(adds(held), IsEmpty());
  held.connected(true);
  EXPECT_THAT(adds(held), ElementsAre("secret 1"));
}

TEST(HeldSubscriptions, AsksForAFewAtATime) {
  std::vector<MqttSubscription> many;
  for (int i = 0; i < 70; ++i) many.push_back({"t/" + std::to_string(i), 1});
  HeldSubscriptions held(many);
  held.connected(false);
  EXPECT_THAT(adds(held), SizeIs(32));
  held.added(std::vector<bool>(32, true));
  EXPECT_THAT(adds(held), SizeIs(32));
  held.added(std::vector<bool>(32, true));
  EXPECT_THAT(adds(held), SizeIs(6));
}

}  // namespace
}  // namespace gateway
