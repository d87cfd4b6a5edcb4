// The parts of the client that make a reliable subprotocol reliable, each by itself and without
// waiting.

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webpubsub/client/pending_acks.h"
#include "webpubsub/client/recovery.h"
#include "webpubsub/client/sequence_tracker.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(SequenceTracker, TheLargestIsAcknowledgedAfterASecond) {
  SequenceTracker tracker;
  const TimePoint start{};
  EXPECT_EQ(tracker.deadline(), std::nullopt);
  EXPECT_TRUE(tracker.arrived(1, 10, start));
  EXPECT_TRUE(tracker.arrived(2, 10, start + 900ms));
  EXPECT_EQ(tracker.deadline(), start + 1s);
  EXPECT_FALSE(tracker.is_due(start + 999ms));
  EXPECT_TRUE(tracker.is_due(start + 1s));
  EXPECT_EQ(tracker.largest(), 2U);
  tracker.acknowledged();
  EXPECT_EQ(tracker.deadline(), std::nullopt);
}

TEST(SequenceTracker, ManyOrLargeMessagesAreAcknowledgedAtOnce) {
  const TimePoint start{};
  SequenceTracker many;
  for (SequenceId id = 1; id < SequenceTracker::kMaxMessages; ++id) {
    EXPECT_TRUE(many.arrived(id, 1, start));
  }
  EXPECT_FALSE(many.is_due(start));
  EXPECT_TRUE(many.arrived(SequenceTracker::kMaxMessages, 1, start));
  EXPECT_TRUE(many.is_due(start));

  SequenceTracker large;
  EXPECT_TRUE(large.arrived(1, SequenceTracker::kMaxBytes, start));
  EXPECT_TRUE(large.is_due(start));
}

TEST(SequenceTracker, WhatCameBeforeIsPassedOverAndAcknowledgedAgain) {
  SequenceTracker tracker;
  const TimePoint start{};
  EXPECT_TRUE(tracker.arrived(7, 1, start));
  tracker.acknowledged();
  EXPECT_FALSE(tracker.arrived(6, 1, start));
  EXPECT_FALSE(tracker.arrived(7, 1, start));
  EXPECT_EQ(tracker.largest(), 7U);
  EXPECT_EQ(tracker.deadline(), start + 1s);
}

TEST(SequenceTracker, IdsNeverPassThroughADouble) {
  SequenceTracker tracker;
  constexpr SequenceId kLarge = (SequenceId{1} << 53U) + 1;
  EXPECT_TRUE(tracker.arrived(kLarge - 1, 1, {}));
  EXPECT_TRUE(tracker.arrived(kLarge, 1, {}));
  EXPECT_TRUE(tracker.arrived(18446744073709551615U, 1, {}));
  EXPECT_EQ(tracker.largest(), 18446744073709551615U);
}

TEST(Recovery, TheUrlIsTheOldOneWithIdAndToken) {
  Recovery recovery;
  EXPECT_FALSE(recovery.is_possible());
  recovery.learn(Secret("wss://h/client/hubs/x?access_token=t"), "a b", "c+d/e=");
  EXPECT_TRUE(recovery.is_possible());
  EXPECT_EQ(recovery.url().reveal(),
            "wss://h/client/hubs/x?access_token=t&awps_connection_id=a%20b"
            "&awps_reconnection_token=c%2Bd%2Fe%3D");
  recovery.learn(Secret("wss://h/client/hubs/x"), "a", "b");
  EXPECT_EQ(recovery.url().reveal(),
            "wss://h/client/hubs/x?awps_connection_id=a&awps_reconnection_token=b");
}

TEST(Recovery, TriesAtOnceThenSlowerUntilTheWindowIsOver) {
  Recovery recovery;
  recovery.learn(Secret("ws://h"), "a", "b");
  TimePoint now{};
  recovery.begin({Errc::Unavailable, "cut", 1006}, now, 30s, true);
  EXPECT_EQ(recovery.why().message, "cut");
  EXPECT_EQ(recovery.next_attempt(now), now);
  int attempts = 1;
  while (const auto at = recovery.next_attempt(now)) {
    EXPECT_GE(*at, now + 100ms);
    EXPECT_LE(*at, now + 1s);
    now = *at;
    ++attempts;
  }
  EXPECT_GE(attempts, 30);
  EXPECT_LE(attempts, 64);
}

TEST(Recovery, APeerThatDropsUsAtOnceIsNotHammered) {
  Recovery recovery;
  recovery.learn(Secret("ws://h"), "a", "b");
  const TimePoint now{};
  recovery.begin({}, now, 30s, true);
  static_cast<void>(recovery.next_attempt(now));
  recovery.begin({}, now, 30s, false);
  EXPECT_GE(recovery.next_attempt(now), now + 100ms);
}

TEST(Recovery, OnlyThePolicyCloseAndRefusalsAreFinal) {
  const auto closed = [](std::uint16_t code) {
    return is_beyond_recovery({.code = code, .was_open = true});
  };
  EXPECT_TRUE(closed(1008));
  for (const auto code : std::to_array<std::uint16_t>({1000, 1001, 1006, 1011, 1012}))
    EXPECT_FALSE(closed(code));
  const auto refused = [](int status) {
    return is_beyond_recovery({.error = Error{Errc::Protocol, "refused", status}});
  };
  EXPECT_TRUE(refused(401));
  EXPECT_TRUE(refused(404));
  for (const int status : {0, 408, 429, 500, 503}) EXPECT_FALSE(refused(status));
}

TEST(PendingAcks, KeepTheirFramesForAnotherConnection) {
  PendingAcks acks;
  const TimePoint start{};
  acks.add(3, start + 10s, {.frame = "three"});
  acks.add(5, start + 10s, {.frame = "five"});
  acks.add(9, start + 10s, {.frame = "nine"});
  EXPECT_EQ(acks.bytes(), 13U);
  EXPECT_TRUE(acks.take(5));
  EXPECT_EQ(acks.bytes(), 9U);
  EXPECT_EQ(acks.first_unanswered(1), 3U);
  EXPECT_EQ(acks.frame(3), "three");
  acks.resumed(3, start + 20s);
  EXPECT_EQ(acks.first_unanswered(4), 9U);
  acks.resumed(9, start + 20s);
  EXPECT_EQ(acks.first_unanswered(10), std::nullopt);
  EXPECT_EQ(acks.deadline(), start + 20s);
  EXPECT_FALSE(acks.take_expired(start + 19s));
}

TEST(PendingAcks, ARestingRequestIsNotLateAndIsSentAgainAFewTimes) {
  PendingAcks acks;
  const TimePoint start{};
  acks.add(1, start + 10s, {.frame = "one", .retries = 1});
  acks.add(2, start + 11s, {.frame = "two"});
  EXPECT_FALSE(acks.rest(2, start + 1s));
  EXPECT_TRUE(acks.rest(1, start + 1s));
  EXPECT_EQ(acks.deadline(), start + 11s);
  EXPECT_EQ(acks.rest_over(), start + 1s);
  EXPECT_EQ(acks.rested(start), std::nullopt);
  EXPECT_EQ(acks.first_unanswered(1), 2U);
  EXPECT_EQ(acks.rested(start + 1s), 1U);
  acks.resumed(1, start + 12s);
  EXPECT_EQ(acks.rest_over(), std::nullopt);
  EXPECT_FALSE(acks.rest(1, start + 2s));
  EXPECT_TRUE(acks.take_expired(start + 12s));
  EXPECT_TRUE(acks.take_expired(start + 12s));
  EXPECT_EQ(acks.size(), 0U);
}

}  // namespace
}  // namespace webpubsub
