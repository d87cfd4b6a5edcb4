#include "bridge/uplink/governor.h"

#include <array>

#include <gtest/gtest.h>

#include "bridge/uplink/send_gate.h"
#include "tests/support/no_sink.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};
constexpr std::int64_t kMorning = 1'763'683'200;  // the start of a day in UTC
constexpr std::int64_t kDay = 86'400;

/// What leaves when each priority always has a frame of `bytes` to send, the highest first.
std::array<int, kPriorities> run(Governor& governor, std::size_t bytes, std::chrono::seconds time) {
  std::array<int, kPriorities> left{};
  for (TimePoint now = kStart; now < kStart + time; now += 1ms) {
    for (const auto priority : {Priority::High, Priority::Normal, Priority::Low}) {
      if (!governor.allows(priority, bytes, now, kMorning)) continue;
      governor.spend(bytes, now, kMorning);
      ++left.at(static_cast<std::size_t>(priority));
    }
  }
  return left;
}

TEST(Governor, WithoutLimitsEverythingMayLeave) {
  Governor governor({}, kStart);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(governor.allows(Priority::Low, 1'000'000, kStart, kMorning));
    governor.spend(1'000'000, kStart, kMorning);
  }
  EXPECT_EQ(governor.frame_rate(), 0);
}

TEST(Governor, KeepsTheRateOfFrames) {
  Governor governor({.frames = 50}, kStart);
  const auto left = run(governor, 100, 20s);
  EXPECT_NEAR(left[0] + left[1] + left[2], 50 * 21, 3);  // with the second it has in hand
}

TEST(Governor, KeepsTheRateOfBytes) {
  Governor governor({.bytes = 10'000}, kStart);
  const auto left = run(governor, 1'000, 20s);
  EXPECT_NEAR(left[0] + left[1] + left[2], 10 * 21, 3);
}

TEST(Governor, TheHighestGoesOnWhileTheOthersWait) {
  Governor governor({.frames = 50}, kStart);
  const auto left = run(governor, 100, 20s);
  EXPECT_GT(left[0], 50 * 19);
  EXPECT_LT(left[1], 50);
  EXPECT_LE(left[2], left[1]);
}

TEST(Governor, WithRoomForAllTheLowestFlowsToo) {
  Governor governor({.frames = 100}, kStart);
  int refused = 0;
  for (TimePoint now = kStart; now < kStart + 20s; now += 100ms) {
    for (const auto priority : {Priority::High, Priority::Normal, Priority::Low}) {
      if (governor.allows(priority, 100, now, kMorning)) {
        governor.spend(100, now, kMorning);
      } else {
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 0);
}

TEST(Governor, AFrameOfMoreThanASecondLeavesAndIsPaidOff) {
  Governor governor({.bytes = 1'000}, kStart);
  EXPECT_TRUE(governor.allows(Priority::High, 5'000, kStart, kMorning));
  governor.spend(5'000, kStart, kMorning);
  EXPECT_FALSE(governor.allows(Priority::High, 1, kStart + 3s, kMorning));
  EXPECT_TRUE(governor.allows(Priority::High, 1, kStart + 5s, kMorning));
}

TEST(Governor, SaysWhenToAskAgain) {
  Governor governor({.frames = 10}, kStart);
  while (governor.allows(Priority::Low, 1, kStart, kMorning)) governor.spend(1, kStart, kMorning);
  const auto when = governor.when(Priority::Low, 1, kStart);
  EXPECT_GT(when, kStart);
  EXPECT_LT(when, kStart + 1s);
  EXPECT_FALSE(governor.allows(Priority::Low, 1, when - 1ms, kMorning));
  EXPECT_TRUE(governor.allows(Priority::Low, 1, when, kMorning));
}

TEST(Governor, TheBudgetOfADayIsKeptForTheHighest) {
  Governor governor({.daily_billing_units = 100}, kStart);
  const auto use_up = [&](Priority priority) {
    while (governor.allows(priority, 100, kStart, kMorning)) governor.spend(100, kStart, kMorning);
    return governor.used_today();
  };
  EXPECT_EQ(use_up(Priority::Low), 70U);
  EXPECT_EQ(use_up(Priority::Normal), 90U);
  EXPECT_EQ(use_up(Priority::High), 100U);
  EXPECT_EQ(governor.when(Priority::High, 100, kStart), kStart + 60s);
}

TEST(Governor, ALargeFrameUsesSeveralUnits) {
  Governor governor({.daily_billing_units = 100}, kStart);
  governor.spend(2'049, kStart, kMorning);
  EXPECT_EQ(governor.used_today(), 2U);
}

TEST(Governor, ANewDayHasANewBudgetButAClockSetBackHasNot) {
  Governor governor({.daily_billing_units = 1}, kStart);
  governor.spend(1, kStart, kMorning);
  EXPECT_FALSE(governor.allows(Priority::High, 1, kStart, kMorning + kDay - 1));
  EXPECT_TRUE(governor.allows(Priority::High, 1, kStart, kMorning + kDay));
  governor.spend(1, kStart, kMorning + kDay);
  EXPECT_FALSE(governor.allows(Priority::High, 1, kStart, kMorning));
}

TEST(Governor, ARestartDoesNotRefillTheBudget) {
  Governor governor({.daily_billing_units = 10}, kStart);
  governor.restore(kMorning / kDay, 10);
  EXPECT_FALSE(governor.allows(Priority::High, 1, kStart, kMorning + 5));
  EXPECT_EQ(governor.day(), kMorning / kDay);
  EXPECT_TRUE(governor.allows(Priority::High, 1, kStart, kMorning + kDay));
}

TEST(Governor, WhatIsRestoredLateJoinsWhatWasUsedSince) {
  Governor governor({.daily_billing_units = 10}, kStart);
  governor.spend(1, kStart, kMorning);
  governor.restore(kMorning / kDay - 1, 7);
  EXPECT_EQ(governor.used_today(), 1U) << "that was yesterday";
  governor.restore(kMorning / kDay, 7);
  EXPECT_EQ(governor.used_today(), 8U);
}

TEST(SendGate, AStoreThatOpensLateIsReadBeforeItIsWritten) {
  support::TempFolder folder;
  Database database(folder.file("state"));
  State state(database);
  support::NoSink sink;
  webpubsub::Log log(sink, webpubsub::LogLevel::Error);
  const auto loop = webpubsub::net::EventLoop::create(log).value();
  const RateLimits limits{.daily_billing_units = 100};
  const auto gate = [&] { return std::make_unique<SendGate>(*loop, limits, &state, [] {}); };
  const auto spend = [](SendGate& from, int units) {
    for (int i = 0; i < units; ++i) from.left({.bytes = "1"});
  };
  ASSERT_FALSE(database.open());
  {
    const auto before = gate();
    spend(*before, 30);
  }
  database.close();
  const auto late = gate();
  spend(*late, 5);
  EXPECT_EQ(late->figures().billed_today, 5U);
  ASSERT_FALSE(database.open());
  late->recall();
  late->recall();
  EXPECT_EQ(late->figures().billed_today, 35U);
  database.close();
  {
    const auto unaware = gate();
    spend(*unaware, 2);
    ASSERT_FALSE(database.open());  // and it ends before it is told
  }
  EXPECT_GE(gate()->figures().billed_today, 32U);
}

TEST(Governor, AServiceThatThrottlesGetsHalfAndThenStepByStepMore) {
  Governor governor({}, kStart);
  TimePoint now = kStart;
  for (int i = 0; i < 3'000; ++i, now += 10ms) governor.spend(100, now, kMorning);  // 100 a second
  governor.throttled(now);
  EXPECT_NEAR(governor.frame_rate(), 50, 2);
  EXPECT_FALSE(governor.allows(Priority::High, 100, now, kMorning));
  EXPECT_TRUE(governor.allows(Priority::High, 100, now + 50ms, kMorning));

  static_cast<void>(governor.allows(Priority::High, 100, now + 11s, kMorning));
  EXPECT_NEAR(governor.frame_rate(), 62.5, 3);
  static_cast<void>(governor.allows(Priority::High, 100, now + 60s, kMorning));
  EXPECT_EQ(governor.frame_rate(), 0);
}

TEST(Governor, OneThatGoesOnThrottlingIsProbedOnceASecond) {
  Governor governor({.frames = 100}, kStart);
  for (int i = 0; i < 20; ++i) governor.throttled(kStart + std::chrono::seconds(i));
  EXPECT_EQ(governor.frame_rate(), 1);
  static_cast<void>(governor.allows(Priority::High, 100, kStart + 10min, kMorning));
  EXPECT_EQ(governor.frame_rate(), 100);
}

TEST(Governor, NewLimitsKeepWhatWasUsed) {
  Governor governor({.daily_billing_units = 10}, kStart);
  governor.spend(1, kStart, kMorning);
  governor.set_limits({.frames = 5, .daily_billing_units = 1}, kStart);
  EXPECT_EQ(governor.used_today(), 1U);
  EXPECT_EQ(governor.frame_rate(), 5);
  EXPECT_FALSE(governor.allows(Priority::High, 1, kStart + 10s, kMorning));
}

}  // namespace
}  // namespace gateway
