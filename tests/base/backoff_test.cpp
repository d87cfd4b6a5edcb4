#include "base/backoff.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using std::chrono_literals::operator""ms;

TEST(Backoff, StaysBetweenTheFloorAndADoublingCeiling) {
  for (int round = 0; round < 200; ++round) {
    Backoff backoff({.floor = 10ms, .first = 100ms, .cap = 1000ms});
    for (const auto ceiling : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
      const auto wait = backoff.next();
      EXPECT_GE(wait, 10ms);
      EXPECT_LE(wait, ceiling);
    }
    EXPECT_EQ(backoff.attempts(), 6U);
  }
}

TEST(Backoff, StartsOverAfterAReset) {
  Backoff backoff({.floor = 1ms, .first = 10ms, .cap = 100'000ms});
  for (int i = 0; i < 10; ++i) static_cast<void>(backoff.next());
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0U);
  EXPECT_LE(backoff.next(), 10ms);
}

TEST(Backoff, SurvivesAnyNumberOfAttempts) {
  Backoff backoff({.floor = 5ms, .first = 1000ms, .cap = 30'000ms});
  for (int i = 0; i < 10'000; ++i) {
    const auto wait = backoff.next();
    ASSERT_GE(wait, 5ms);
    ASSERT_LE(wait, 30'000ms);
  }
}

TEST(Backoff, SpreadsTheAttemptsOfAWholeSite) {
  std::set<std::chrono::milliseconds> waits;
  for (int site = 0; site < 100; ++site) {
    waits.insert(Backoff({.floor = 0ms, .first = 10'000ms, .cap = 10'000ms}).next());
  }
  EXPECT_GT(waits.size(), 50U);
  EXPECT_LT(*waits.begin(), 3000ms);
  EXPECT_GT(*waits.rbegin(), 7000ms);
}

TEST(Backoff, GivesTheFloorWhenTheCeilingIsBelowIt) {
  EXPECT_EQ(Backoff({.floor = 100ms, .first = 10ms, .cap = 50ms}).next(), 100ms);
}

}  // namespace
}  // namespace webpubsub
