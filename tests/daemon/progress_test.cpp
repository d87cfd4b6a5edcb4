#include "daemon/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};
constexpr auto kTick = 5s;

/// Looks every five seconds, like the service does.
class ProgressTest : public testing::Test {
 protected:
  /// The first thing said within `time`, if anything.
  std::optional<std::string> look_for(std::chrono::seconds time,
                                      const std::function<void()>& before_each = {}) {
    for (const auto end = now + time; now < end;) {
      now += kTick;
      if (before_each) before_each();
      if (auto stuck = progress.look({part}, now)) return stuck;
    }
    return std::nullopt;
  }

  TimePoint now = kStart;
  Progress progress;
  PartFigures part{.name = "the link to the broker"};
};

TEST_F(ProgressTest, APartWithoutWorkMayRestForEver) {
  part.work_limit = 60s;
  EXPECT_EQ(look_for(3600s), std::nullopt);
}

TEST_F(ProgressTest, APartWithWorkHasToMove) {
  part.work_limit = 60s;
  part.has_work = true;
  EXPECT_EQ(look_for(3600s, [this] { ++part.moved; }), std::nullopt);
  const auto stopped = now;
  EXPECT_THAT(look_for(3600s),
              Optional(std::string("the link to the broker has work and has not moved for 1m 5s")));
  EXPECT_EQ(now - stopped, 65s);
  ++part.moved;
  EXPECT_EQ(look_for(30s), std::nullopt) << "it moves again";
}

TEST_F(ProgressTest, RestIsNotHeldAgainstAPartThatGetsWork) {
  part.work_limit = 60s;
  EXPECT_EQ(look_for(600s), std::nullopt);
  part.has_work = true;
  EXPECT_EQ(look_for(60s), std::nullopt);
  EXPECT_THAT(look_for(10s), Optional(HasSubstr("has not moved")));
}

TEST_F(ProgressTest, SilenceBeyondTheLimitIsNoSignOfLife) {
  part.silence_limit = 60s;
  EXPECT_EQ(look_for(3600s), std::nullopt) << "nobody asked it for signs of life";
  EXPECT_EQ(look_for(3600s, [this] { part.heard = now - 20s; }), std::nullopt);
  EXPECT_THAT(look_for(60s),
              Optional(std::string("the link to the broker has given no sign of life for 1m 5s")));
}

TEST_F(ProgressTest, AReconnectIsFineWhileItKeepsItsOwnTimes) {
  part.attempt_limit = 120s;
  // Hours of outage, each attempt in its time.
  EXPECT_EQ(look_for(7200s, [this] { part.attempt_ends = now + 30s; }), std::nullopt);
  EXPECT_EQ(look_for(150s), std::nullopt) << "late, but within what is allowed";
  EXPECT_THAT(look_for(5s), Optional(HasSubstr("should have tried to connect 2m 5s ago")));
  part.attempt_ends.reset();  // connected
  EXPECT_EQ(look_for(600s), std::nullopt);
}

TEST_F(ProgressTest, PartsAreLookedAtEachByItself) {
  PartFigures fine{.name = "the event loop", .has_work = true, .work_limit = 10s};
  PartFigures stuck{.name = "the outbox", .has_work = true, .work_limit = 60s};
  std::optional<std::string> said;
  for (int i = 0; i < 20 && !said; ++i) {
    ++fine.moved;
    said = progress.look({fine, stuck}, now += kTick);
  }
  EXPECT_THAT(said, Optional(HasSubstr("the outbox has work")));
}

TEST_F(ProgressTest, TimeInWhichNobodyLookedIsNotHeldAgainstAnybody) {
  part.work_limit = 60s;
  part.has_work = true;
  EXPECT_EQ(look_for(30s), std::nullopt);
  now += 1h;  // the machine was paused
  EXPECT_EQ(look_for(60s), std::nullopt);
  EXPECT_THAT(look_for(10s), Optional(HasSubstr("has not moved")));
}

}  // namespace
}  // namespace gateway
