#include "bridge/mqtt/version_choice.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using enum MqttVersion;

const webpubsub::TimePoint kNow{1000h};

TEST(VersionChoice, IsFiveUntilItIsRefused) {
  VersionChoice choice;
  EXPECT_EQ(choice.next(V5, kNow), V5);
  EXPECT_EQ(choice.next(V311, kNow), V311);
  choice.refused(kNow);
  EXPECT_EQ(choice.next(V5, kNow + 59min), V311);
  EXPECT_EQ(choice.next(V5, kNow + 60min), V5);
  EXPECT_EQ(choice.next(V5, kNow + 61min), V5);
}

TEST(VersionChoice, TakesTwoHangUpsInARowForARefusal) {
  VersionChoice choice;
  EXPECT_FALSE(choice.failed(V5, true, kNow));
  EXPECT_FALSE(choice.failed(V5, false, kNow));
  EXPECT_FALSE(choice.failed(V5, true, kNow));
  choice.connected();
  EXPECT_FALSE(choice.failed(V5, true, kNow));
  EXPECT_EQ(choice.next(V5, kNow), V5);
  EXPECT_TRUE(choice.failed(V5, true, kNow));
  EXPECT_EQ(choice.next(V5, kNow), V311);
}

TEST(VersionChoice, GoesBackWhenTheBrokerHangsUpOnTheOlderOneToo) {
  VersionChoice choice;
  choice.refused(kNow);
  EXPECT_FALSE(choice.failed(V311, false, kNow));
  EXPECT_EQ(choice.next(V5, kNow), V311);
  EXPECT_FALSE(choice.failed(V311, true, kNow));
  EXPECT_EQ(choice.next(V5, kNow), V5);
}

}  // namespace
}  // namespace gateway
