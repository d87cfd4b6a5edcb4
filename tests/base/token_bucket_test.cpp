#include "base/token_bucket.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1000s};

TEST(TokenBucket, GivesWhatItHoldsThenWhatComesIn) {
  TokenBucket bucket(10, 3, kStart);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart + 99ms));
  EXPECT_TRUE(bucket.take(kStart + 101ms));
  EXPECT_FALSE(bucket.take(kStart + 102ms));
}

TEST(TokenBucket, HoldsNoMoreHoweverLongNothingIsTaken) {
  TokenBucket bucket(10, 3, kStart);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart + 1h), 3);
  EXPECT_TRUE(bucket.is_full(kStart + 1h));
}

TEST(TokenBucket, HoldsASecondAndAtLeastOneToken) {
  EXPECT_DOUBLE_EQ(TokenBucket(10, kStart).capacity(), 10);
  TokenBucket slow(0.5, kStart);
  EXPECT_TRUE(slow.take(kStart));
  EXPECT_FALSE(slow.take(kStart + 1900ms));
  EXPECT_TRUE(slow.take(kStart + 2100ms));
}

TEST(TokenBucket, OwesWhatWasSpentWithoutBeingThere) {
  TokenBucket bucket(10, kStart);
  bucket.spend(25, kStart);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart), -15);
  EXPECT_FALSE(bucket.take(kStart + 1500ms));
  EXPECT_TRUE(bucket.take(kStart + 1700ms));
  bucket.spend(1000, kStart + 2s, 10);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart + 2s), -10);
}

TEST(TokenBucket, TellsWhenMoreHasComeIn) {
  const TokenBucket bucket(10, kStart);
  EXPECT_EQ(bucket.after(0, kStart), kStart);
  EXPECT_GE(bucket.after(5, kStart), kStart + 500ms);
  EXPECT_LE(bucket.after(5, kStart), kStart + 501ms);
}

TEST(TokenBucket, ATimeOfBeforeGivesAndTakesNothing) {
  TokenBucket bucket(10, kStart);
  bucket.spend(10, kStart);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart - 1h), 0);
  EXPECT_FALSE(bucket.take(kStart - 1h));
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart + 500ms), 5);
}

TEST(TokenBucket, AnotherRateLeavesItAsFullAsItWas) {
  TokenBucket bucket(10, kStart);
  bucket.spend(5, kStart);
  bucket.set_rate(100, kStart);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart), 50);
  bucket.set_rate(0, kStart);
  bucket.set_rate(10, kStart);
  EXPECT_DOUBLE_EQ(bucket.tokens(kStart), 0);
}

}  // namespace
}  // namespace webpubsub
