#include "bridge/uplink/intake.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>

namespace gateway {
namespace {

using testing::ElementsAre;

RouteTable routes() {
  return RouteTable(
      {*TopicFilter::parse("a/#"), *TopicFilter::parse("a/b"), *TopicFilter::parse("c")});
}

std::vector<std::string> drain(Intake& intake) {
  std::vector<std::string> all;
  intake.drain([&](const Reading& reading) {
    all.push_back(std::to_string(reading.rule) + " " + std::string(reading.topic) + " " +
                  std::string(reading.payload));
  });
  return all;
}

TEST(Intake, GivesEachMessageToEachOfItsRules) {
  const auto table = routes();
  Intake intake(table, 3, {}, [] {});
  intake.on_message({.topic = "a/b", .payload = "1"});
  intake.on_message({.topic = "c", .payload = ""});
  intake.on_message({.topic = "nobody/asked", .payload = "3"});
  EXPECT_THAT(drain(intake), ElementsAre("0 a/b 1", "1 a/b 1", "2 c "));
  EXPECT_EQ(intake.unmatched(), 1U);
  EXPECT_THAT(drain(intake), ElementsAre());
}

TEST(Intake, WakesOnceAndOnlyWhenAsked) {
  const auto table = routes();
  int wakes = 0;
  Intake intake(table, 3, {}, [&] { ++wakes; });
  intake.on_message({.topic = "c", .payload = "1"});
  EXPECT_EQ(wakes, 0);
  EXPECT_FALSE(intake.arm());  // something waits already
  drain(intake);
  EXPECT_TRUE(intake.arm());
  intake.on_message({.topic = "nobody/asked", .payload = ""});
  EXPECT_EQ(wakes, 0);
  intake.on_message({.topic = "c", .payload = "2"});
  intake.on_message({.topic = "c", .payload = "3"});
  EXPECT_EQ(wakes, 1);
}

TEST(Intake, WakesAtTheHighWaterMarkUnasked) {
  const auto table = routes();
  int wakes = 0;
  Intake intake(table, 3, {.high_water = 1000}, [&] { ++wakes; });
  for (int i = 0; i < 100; ++i) intake.on_message({.topic = "c", .payload = "0123456789"});
  EXPECT_EQ(wakes, 1);
}

TEST(Intake, CountsWhatItTurnsAway) {
  const auto table = routes();
  Intake intake(table, 3, {.max_bytes = 1000, .max_payload = 100}, [] {});
  intake.on_message({.topic = "c", .payload = std::string(101, 'x')});
  for (int i = 0; i < 20; ++i) intake.on_message({.topic = "c", .payload = std::string(100, 'x')});
  const auto counts = intake.counts()[2];
  EXPECT_EQ(counts.received, 21U);
  EXPECT_EQ(counts.too_large, 1U);
  EXPECT_GT(counts.full, 0U);
  EXPECT_EQ(counts.received, counts.too_large + counts.full + counts.waiting);
  EXPECT_LE(intake.bytes(), 1000U);
}

TEST(Intake, LosesNothingBetweenThreads) {
  const auto table = routes();
  std::atomic<int> wakes{0};
  Intake intake(table, 3, {}, [&] {
    ++wakes;
    wakes.notify_one();
  });
  constexpr int kMessages = 20'000;
  ASSERT_TRUE(intake.arm());
  std::thread mqtt([&] {
    for (int i = 0; i < kMessages; ++i) {
      intake.on_message({.topic = "c", .payload = std::to_string(i)});
    }
  });
  int next = 0;
  while (next < kMessages) {
    const int seen = wakes;
    do {
      intake.drain([&](const Reading& reading) {
        ASSERT_EQ(reading.payload, std::to_string(next));
        ++next;
      });
    } while (!intake.arm());
    if (next < kMessages) wakes.wait(seen);
  }
  mqtt.join();
  EXPECT_EQ(intake.counts()[2].received, static_cast<std::uint64_t>(kMessages));
}

TEST(Intake, NoReadingMeetsTheRulesOfAnotherTable) {
  Intake intake(routes(), 3, {}, [] {});
  intake.on_message({.topic = "a/b", .payload = "old"});
  std::vector<std::uint32_t> before;
  intake.set_routes(RouteTable(std::vector<RouteTable::Route>{{*TopicFilter::parse("a/+"), 4}}), 5,
                    {}, [&](const Reading& reading) { before.push_back(reading.rule); });
  EXPECT_THAT(before, ElementsAre(0, 1));
  intake.on_message({.topic = "a/b", .payload = "new"});
  EXPECT_THAT(drain(intake), ElementsAre("4 a/b new"));
  EXPECT_EQ(intake.counts()[0].received, 1U);
  EXPECT_EQ(intake.counts()[4].received, 1U);
  EXPECT_EQ(intake.take_counts(4).received, 1U);
  EXPECT_EQ(intake.counts()[4].received, 0U);
}

TEST(Intake, LosesNothingWhileRoutesAreReplacedUnderLoad) {
  constexpr int kMessages = 20'000;
  Intake intake(routes(), 6, {}, [] {});
  std::atomic<bool> finished{false};
  std::thread mqtt([&] {
    for (int i = 0; i < kMessages; ++i) intake.on_message({.topic = "c", .payload = "1"});
    finished = true;
  });
  std::uint64_t taken = 0;
  std::uint32_t expected = 2;  // the number that "c" has now
  const auto take = [&](const Reading& reading) {
    EXPECT_EQ(reading.rule, expected);
    ++taken;
  };
  for (std::uint32_t round = 0; !finished || intake.bytes() > 0; ++round) {
    const auto next = 3 + round % 3;
    intake.set_routes(RouteTable(std::vector<RouteTable::Route>{{*TopicFilter::parse("c"), next}}),
                      6, {}, take);
    expected = next;
    intake.drain(take);
  }
  mqtt.join();
  intake.drain(take);
  EXPECT_EQ(taken, static_cast<std::uint64_t>(kMessages));
}

}  // namespace
}  // namespace gateway
