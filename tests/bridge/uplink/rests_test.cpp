#include "bridge/uplink/rests.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart = TimePoint{} + 1h;

TEST(Rests, PausesDoubleUpToAMostAndEndWithASuccess) {
  Rests rests;
  EXPECT_TRUE(rests.allows(7, kStart));
  auto now = kStart;
  auto expected = 100ms;
  for (int i = 0; i < 20; ++i) {
    rests.failed(7, false, now, now);
    EXPECT_FALSE(rests.allows(7, now + expected - 1ms)) << i;
    EXPECT_EQ(rests.next(now), now + expected) << i;
    now += expected;
    EXPECT_TRUE(rests.allows(7, now)) << i;
    expected = std::min<std::chrono::milliseconds>(2 * expected, 30s);
  }
  EXPECT_EQ(expected, 30s);
  EXPECT_TRUE(rests.succeeded(7, now));
  rests.failed(7, false, now, now);
  EXPECT_EQ(rests.next(now), now + 100ms);
}

TEST(Rests, ARoleThatIsMissingIsAskedForOnceAMinuteInTheEnd) {
  Rests rests;
  auto now = kStart;
  for (int i = 0; i < 20; ++i) {
    rests.failed(7, true, now, now);
    now = rests.next(now);
  }
  EXPECT_TRUE(rests.is_refused(7));
  rests.failed(7, true, now, now);
  EXPECT_EQ(rests.next(now), now + 60s);
}

TEST(Rests, OneRuleDoesNotHoldUpAnother) {
  Rests rests;
  rests.failed(7, false, kStart, kStart);
  EXPECT_FALSE(rests.allows(7, kStart));
  EXPECT_TRUE(rests.allows(8, kStart));
  EXPECT_FALSE(rests.is_refused(7));
}

TEST(Rests, AfterAPauseOneTriesForAll) {
  Rests rests;
  rests.failed(7, false, kStart, kStart);
  const auto over = kStart + 100ms;
  ASSERT_TRUE(rests.allows(7, over));
  rests.sending(7);
  EXPECT_FALSE(rests.allows(7, over));
  rests.came_back(7);  // the connection ended first
  EXPECT_TRUE(rests.allows(7, over));
}

TEST(Rests, WhatLeftBeforeThePauseNeitherLengthensNorEndsIt) {
  Rests rests;
  rests.failed(7, false, kStart, kStart + 10ms);
  for (int i = 0; i < 60; ++i) rests.failed(7, false, kStart + 1ms, kStart + 20ms);
  EXPECT_EQ(rests.next(kStart + 20ms), kStart + 110ms);
  EXPECT_FALSE(rests.succeeded(7, kStart + 2ms));
  EXPECT_FALSE(rests.allows(7, kStart + 20ms));
}

TEST(Rests, ANewConnectionIsTriedAtOnce) {
  Rests rests;
  for (const auto sent : {kStart, kStart + 1s, kStart + 2s}) rests.failed(7, true, sent, sent);
  rests.end_pauses(kStart + 2s);
  EXPECT_TRUE(rests.allows(7, kStart + 2s));
  EXPECT_EQ(rests.next(kStart + 2s), TimePoint::max());
  rests.failed(7, true, kStart + 3s, kStart + 3s);
  EXPECT_EQ(rests.next(kStart + 3s), kStart + 3s + 800ms);
}

}  // namespace
}  // namespace gateway
