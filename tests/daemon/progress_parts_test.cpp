#include "daemon/progress_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

/// A gateway as the watchdog sees it, ticking every five seconds.
class ProgressPartsTest : public testing::Test {
 protected:
  void SetUp() override {
    counts.rules.resize(1);
    mqtt.went_up(now);
    cloud.went_up(now);
  }

  /// The first thing said within `time`; `live` says what happens before each look.
  std::optional<std::string> look_for(std::chrono::seconds time,
                                      const std::function<void()>& live = {}) {
    for (const auto end = now + time; now < end;) {
      now += 5s;
      ++signs.laps;
      if (live) live();
      if (auto stuck = progress.look(progress_parts(signs, counts, now), now)) {
        return stuck;
      }
    }
    return std::nullopt;
  }
  void hear_all() {
    signs.mqtt.alive = signs.mqtt.heard = signs.cloud.heard = now;
    if (signs.blocking) signs.blocking->alive = signs.blocking->heard = now;
  }

  TimePoint now = kStart;
  LinkRecord mqtt{"mqtt", kStart};
  LinkRecord cloud{"cloud", kStart};
  ProgressSigns signs{.mqtt = {.record = &mqtt, .alive = kStart, .heard = kStart},
                      .cloud = {.record = &cloud, .heard = kStart},
                      .mqtt_connect_timeout = 10s,
                      .mqtt_keep_alive = 30s,
                      .cloud_connect_timeout = 10s,
                      .cloud_keep_alive = 20s};
  UplinkCounts counts;
  Progress progress;
};

TEST_F(ProgressPartsTest, AnIdleGatewayIsFine) {
  EXPECT_EQ(look_for(24h, [this] { hear_all(); }), std::nullopt);
}

TEST_F(ProgressPartsTest, OutagesOfHoursAreFine) {
  mqtt.went_down("away", 1s, now);
  cloud.went_down("away", 1s, now);
  counts.has_due = true;
  EXPECT_EQ(look_for(10h,
                     [this] {
                       mqtt.went_down("away", 60s, now);
                       cloud.went_down("away", 60s, now);
                     }),
            std::nullopt);
}

TEST_F(ProgressPartsTest, ALibraryThatHangsWhileConnectedIsNot) {
  EXPECT_THAT(look_for(90s, [this] { signs.cloud.heard = signs.mqtt.heard = now; }),
              Optional(HasSubstr("the MQTT library has given no sign of life")));
}

TEST_F(ProgressPartsTest, ABrokerThatIsSilentForLongerThanItsLinkAllowsIsNot) {
  const auto live = [this] { signs.cloud.heard = signs.mqtt.alive = now; };
  EXPECT_EQ(look_for(90s, live), std::nullopt) << "probes have their time";
  EXPECT_THAT(look_for(5s, live),
              Optional(HasSubstr("the link to the broker has given no sign of life")));
}

TEST_F(ProgressPartsTest, PingsOfTheServiceThatStayUnansweredAreNot) {
  EXPECT_THAT(look_for(120s, [this] { signs.mqtt.alive = signs.mqtt.heard = now; }),
              Optional(HasSubstr("the link to the service has given no sign of life")));
}

TEST_F(ProgressPartsTest, AnAttemptThatNeverEndsIsNot) {
  mqtt.went_down("away", 30s, now);
  EXPECT_EQ(look_for(220s, [this] { hear_all(); }), std::nullopt);
  EXPECT_THAT(look_for(5s, [this] { hear_all(); }),
              Optional(HasSubstr("the link to the broker should have tried to connect")));
  mqtt.went_up(now);
  EXPECT_EQ(look_for(600s, [this] { hear_all(); }), std::nullopt);
}

TEST_F(ProgressPartsTest, TheFirstAttemptIsOneToo) {
  mqtt = LinkRecord("mqtt", now);
  EXPECT_THAT(look_for(300s, [this] { hear_all(); }),
              Optional(HasSubstr("the link to the broker")));
}

TEST_F(ProgressPartsTest, AnOutboxMovesByAnswersOnly) {
  counts.has_due = true;
  EXPECT_EQ(look_for(1h,
                     [this] {
                       hear_all();
                       ++counts.answers;
                     }),
            std::nullopt);
  EXPECT_THAT(
      look_for(120s,
               [this] {
                 hear_all();
                 ++counts.frames_resent;
                 ++counts.rules[0].dropped[static_cast<std::size_t>(DropReason::OutboxFull)];
               }),
      Optional(HasSubstr("the outbox has work and has not moved")));
}

TEST_F(ProgressPartsTest, ALinkThatIsMadeAnewHadItsRemedy) {
  counts.has_due = true;
  EXPECT_EQ(look_for(1h,
                     [this] {
                       hear_all();
                       cloud.went_down("no ack", 1s, now);  // and up again before anybody looks
                       cloud.went_up(now);
                     }),
            std::nullopt)
      << "a service that acknowledges nothing is not helped by our restart";
}

TEST_F(ProgressPartsTest, AnOutboxThatHasToWaitIsFine) {
  counts.outbox_batches = 100;  // for the day's budget, for a role, for the disk
  counts.has_due = false;
  EXPECT_EQ(look_for(24h, [this] { hear_all(); }), std::nullopt);
}

TEST_F(ProgressPartsTest, AnInboxThatNobodyEmptiesIsNot) {
  counts.inbox_messages = 10;
  counts.inbox_age = 50ms;
  EXPECT_EQ(look_for(1h, [this] { hear_all(); }), std::nullopt);
  EXPECT_THAT(look_for(120s,
                       [this] {
                         hear_all();
                         counts.inbox_age += 5s;
                       }),
              Optional(HasSubstr("the inbox has given no sign of life")));
}

TEST_F(ProgressPartsTest, ALoopThatDoesNotTurnIsNot) {
  EXPECT_THAT(look_for(60s,
                       [this] {
                         hear_all();
                         --signs.laps;
                       }),
              Optional(HasSubstr("the event loop")));
}

TEST_F(ProgressPartsTest, ALinkThatIsPausedForHoursIsFine) {
  LinkRecord blocking{"mqtt_blocking", kStart};
  blocking.went_up(now);
  signs.blocking = LinkSigns{.record = &blocking};
  blocking.paused("full", now);
  EXPECT_EQ(look_for(10h, [this] { hear_all(); }), std::nullopt);
  blocking.resumed(now);
  EXPECT_THAT(look_for(10min, [this] { hear_all(); }),
              Optional(HasSubstr("the broker's link of rules that block")));
}

TEST_F(ProgressPartsTest, TheSecondLinkHasToLiveToo) {
  LinkRecord blocking{"mqtt_blocking", kStart};
  blocking.went_up(now);
  signs.blocking = LinkSigns{.record = &blocking, .alive = now, .heard = now};
  EXPECT_THAT(look_for(10min,
                       [this] {
                         const auto heard = signs.blocking->heard;
                         hear_all();
                         signs.blocking->heard = heard;
                       }),
              Optional(HasSubstr("the broker's link of rules that block")));
}

}  // namespace
}  // namespace gateway
