#include "bridge/uplink/pacer.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

TEST(Pacer, LetsABucketfulGoAtOnceAndThenKeepsThePace) {
  Pacer pacer(1000, kStart);
  EXPECT_TRUE(pacer.allows(20, kStart));
  pacer.spend(20, kStart);
  EXPECT_FALSE(pacer.allows(1, kStart));
  EXPECT_TRUE(pacer.allows(1, kStart + 1ms));
  EXPECT_FALSE(pacer.allows(10, kStart + 9ms));
  EXPECT_TRUE(pacer.allows(10, kStart + 10ms));
}

TEST(Pacer, SaysWhenItWillBe) {
  Pacer pacer(100, kStart);
  EXPECT_EQ(pacer.when(5, kStart), kStart);
  pacer.spend(20, kStart);
  const auto when = pacer.when(5, kStart);
  EXPECT_GE(when, kStart + 50ms);
  EXPECT_LE(when, kStart + 51ms);
  EXPECT_TRUE(pacer.allows(5, when));
}

TEST(Pacer, AllowsMoreThanTheBucketHoldsWhenItIsFull) {
  Pacer pacer(100, kStart);
  EXPECT_TRUE(pacer.allows(500, kStart));
  pacer.spend(500, kStart);
  // Not the whole debt, or one burst would silence the gateway for seconds.
  EXPECT_TRUE(pacer.allows(1, kStart + 211ms));
}

TEST(Pacer, OwesAllOfWhatItIsToldTo) {
  Pacer pacer(100, kStart);
  pacer.owe(220, kStart);
  EXPECT_FALSE(pacer.allows(1, kStart + 2s));
  EXPECT_TRUE(pacer.allows(1, pacer.when(1, kStart)));
  EXPECT_GE(pacer.when(1, kStart), kStart + 2010ms);
}

TEST(Pacer, NeverSavesUpMoreThanABucketful) {
  Pacer pacer(1000, kStart);
  const auto later = kStart + 1h;
  pacer.spend(20, later);
  EXPECT_FALSE(pacer.allows(1, later));
}

}  // namespace
}  // namespace gateway
