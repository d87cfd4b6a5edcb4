#include "bridge/uplink/rule_backoff.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart = TimePoint{} + 1h;

TEST(RuleBackoff, PausesDoubleUpToAMostAndEndWithASuccess) {
  RuleBackoff backoff;
  EXPECT_TRUE(backoff.allows(7, kStart));
  auto now = kStart;
  auto expected = 100ms;
  for (int i = 0; i < 20; ++i) {
    backoff.failed(7, false, now, now);
    EXPECT_FALSE(backoff.allows(7, now + expected - 1ms)) << i;
    EXPECT_EQ(backoff.next(now), now + expected) << i;
    now += expected;
    EXPECT_TRUE(backoff.allows(7, now)) << i;
    expected = std::min<std::chrono::milliseconds>(2 * expected, 30s);
  }
  EXPECT_EQ(expected, 30s);
  EXPECT_TRUE(backoff.succeeded(7, now));
  backoff.failed(7, false, now, now);
  EXPECT_EQ(backoff.next(now), now + 100ms);
}

TEST(RuleBackoff, ARoleThatIsMissingIsAskedForOnceAMinuteInTheEnd) {
  RuleBackoff backoff;
  auto now = kStart;
  for (int i = 0; i < 20; ++i) {
    backoff.failed(7, true, now, now);
    now = backoff.next(now);
  }
  EXPECT_TRUE(backoff.is_refused(7));
  backoff.failed(7, true, now, now);
  EXPECT_EQ(backoff.next(now), now + 60s);
}

TEST(RuleBackoff, OneRuleDoesNotHoldUpAnother) {
  RuleBackoff backoff;
  backoff.failed(7, false, kStart, kStart);
  EXPECT_FALSE(backoff.allows(7, kStart));
  EXPECT_TRUE(backoff.allows(8, kStart));
  EXPECT_FALSE(backoff.is_refused(7));
}

TEST(RuleBackoff, AfterAPauseOneTriesForAll) {
  RuleBackoff backoff;
  backoff.failed(7, false, kStart, kStart);
  const auto over = kStart + 100ms;
  ASSERT_TRUE(backoff.allows(7, over));
  backoff.sending(7);
  EXPECT_FALSE(backoff.allows(7, over));
  backoff.came_back(7);  // the connection ended first
  EXPECT_TRUE(backoff.allows(7, over));
}

TEST(RuleBackoff, WhatLeftBeforeThePauseNeitherLengthensNorEndsIt) {
  RuleBackoff backoff;
  backoff.failed(7, false, kStart, kStart + 10ms);
  for (int i = 0; i < 60; ++i) backoff.failed(7, false, kStart + 1ms, kStart + 20ms);
  EXPECT_EQ(backoff.next(kStart + 20ms), kStart + 110ms);
  EXPECT_FALSE(backoff.succeeded(7, kStart + 2ms));
  EXPECT_FALSE(backoff.allows(7, kStart + 20ms));
}

TEST(RuleBackoff, ANewConnectionIsTriedAtOnce) {
  RuleBackoff backoff;
  for (const auto sent : {kStart, kStart + 1s, kStart + 2s}) backoff.failed(7, true, sent, sent);
  backoff.end_pauses(kStart + 2s);
  EXPECT_TRUE(backoff.allows(7, kStart + 2s));
  EXPECT_EQ(backoff.next(kStart + 2s), TimePoint::max());
  backoff.failed(7, true, kStart + 3s, kStart + 3s);
  EXPECT_EQ(backoff.next(kStart + 3s), kStart + 3s + 800ms);
}

}  // namespace
}  // namespace gateway
