#include "daemon/link_record.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

TEST(LinkRecord, IsDownFromTheStartUntilItComesUp) {
  LinkRecord link("mqtt", kStart);
  EXPECT_FALSE(link.up());
  EXPECT_EQ(link.snapshot(kStart + 2s).down_for, 2s);
  link.went_up(kStart + 3s);
  const auto told = link.snapshot(kStart + 10s);
  EXPECT_TRUE(told.up);
  EXPECT_EQ(told.down_for, 0ms);
  EXPECT_EQ(told.down_total, 3s);
  EXPECT_EQ(told.connects, 1U);
}

TEST(LinkRecord, TellsALossFromAnAttemptThatFailed) {
  LinkRecord link("cloud", kStart);
  link.went_up(kStart);
  link.went_down("cut", 500ms, kStart + 10s);
  link.went_down("refused", 4s, kStart + 11s);
  auto told = link.snapshot(kStart + 12s);
  EXPECT_EQ(told.disconnects, 1U);
  EXPECT_EQ(told.failed_connects, 1U);
  EXPECT_EQ(told.last_error, "refused");
  EXPECT_EQ(told.retry_in, 3s);
  EXPECT_EQ(told.down_for, 2s);
  link.went_up(kStart + 15s);
  told = link.snapshot(kStart + 20s);
  EXPECT_EQ(told.down_total, 5s);
  EXPECT_EQ(told.last_error, "");
  EXPECT_EQ(told.retry_in, std::nullopt);
}

}  // namespace
}  // namespace gateway
