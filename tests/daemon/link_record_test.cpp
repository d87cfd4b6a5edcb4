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

TEST(LinkRecord, TheLastCloseStaysAndLossesAreToldApart) {
  LinkRecord link("cloud", kStart, LinkRecord::Losses::ToldApart);
  EXPECT_FALSE(link.snapshot(kStart).last_close);
  const webpubsub::WallTime at{1'000s};
  link.went_up(kStart);
  link.went_down({webpubsub::Errc::ResourceExhausted, "full (1008)", 1008}, 1s, kStart + 1s, at);
  link.went_down({webpubsub::Errc::Unavailable, "HTTP 503", 503}, 1s, kStart + 2s, at + 1s);
  link.went_up(kStart + 3s);
  const auto told = link.snapshot(kStart + 4s);
  EXPECT_EQ(told.last_error, "");
  ASSERT_TRUE(told.last_close);
  EXPECT_EQ(told.last_close->reason, "policy");
  EXPECT_EQ(told.last_close->code, 1008);
  EXPECT_EQ(told.last_close->name, "policy violation");
  EXPECT_EQ(told.last_close->words, "full (1008)");
  EXPECT_EQ(told.last_close->at, at);
  EXPECT_EQ(told.disconnects_by.size(), webpubsub::kCloseReasons);
  for (const auto& [reason, count] : told.disconnects_by) {
    EXPECT_EQ(count, reason == "policy" ? 1U : 0U) << reason;
  }
}

TEST(LinkRecord, APauseIsNeitherALossNorAFailure) {
  LinkRecord link("mqtt_blocking", kStart);
  link.went_up(kStart);
  link.paused("rule meters is full", kStart + 10s);
  link.paused("rule meters is full", kStart + 11s);
  auto told = link.snapshot(kStart + 12s);
  EXPECT_TRUE(told.paused);
  EXPECT_FALSE(told.up);
  EXPECT_EQ(told.pauses, 1U);
  EXPECT_EQ(told.disconnects, 0U);
  EXPECT_EQ(told.failed_connects, 0U);
  EXPECT_EQ(told.down_for, 2s);
  EXPECT_EQ(told.last_error, "rule meters is full");
  EXPECT_EQ(link.attempt_at(), std::nullopt) << "nothing to be late for";
  link.resumed(kStart + 20s);
  EXPECT_FALSE(link.is_paused());
  EXPECT_EQ(link.attempt_at(), kStart + 20s);
  link.went_up(kStart + 21s);
  told = link.snapshot(kStart + 21s);
  EXPECT_TRUE(told.up);
  EXPECT_EQ(told.last_error, "");
}

}  // namespace
}  // namespace gateway
