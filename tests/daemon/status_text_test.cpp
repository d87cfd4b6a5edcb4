#include "daemon/status_text.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/health.h"
#include "tests/daemon/recording_sink.h"
#include "tests/daemon/sample_snapshot.h"

namespace gateway {
namespace {

TEST(StatusLine, SaysLinksAndWhatIsWaitingOrLost) {
  EXPECT_EQ(status_line(sample_snapshot()),
            "mqtt up, cloud down (next try in 4s), 980 forwarded, 2 waiting, 14 dropped");
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.state = RunState::Stopping;
  EXPECT_THAT(status_line(snapshot), testing::StartsWith("stopping: mqtt up"));
}

TEST(StatusLine, SaysThatTheStoreTakesNothing) {
  GatewaySnapshot snapshot = sample_snapshot();
  snapshot.store = {.open = true, .usable = true};
  EXPECT_THAT(status_line(snapshot), testing::Not(testing::HasSubstr("store")));
  snapshot.store.usable = false;
  EXPECT_THAT(status_line(snapshot), testing::EndsWith(", the store takes nothing"));
}

TEST(ConservationLine, ShowsTheSumAndWhyReadingsWereDropped) {
  RuleSnapshot rule = sample_snapshot().rules[0];
  EXPECT_TRUE(rule.adds_up());
  EXPECT_EQ(conservation_line(rule),
            "climate: received 1000 = forwarded 980 + filtered 5 + dropped 13 (malformed 13) + "
            "pending 2");
  rule.refused = true;
  EXPECT_THAT(conservation_line(rule), testing::EndsWith("(the service refuses it: no role)"));
  rule.pending = 1;
  EXPECT_FALSE(rule.adds_up());
  EXPECT_THAT(conservation_line(rule), testing::HasSubstr("received 1000 != forwarded 980"));
}

TEST(Report, TellsEachPartAsAnEventOfItsOwn) {
  RecordingSink sink;
  webpubsub::Log log(sink, webpubsub::LogLevel::Info);
  write_report(log, sample_snapshot());
  EXPECT_THAT(sink.events(),
              testing::ElementsAre("report.gateway", "report.link", "report.link", "report.rule",
                                   "report.queue", "report.commands"));
  EXPECT_THAT(sink.messages().back(), testing::StartsWith("commands: delivered "));
}

TEST(Readiness, FollowsTheIntakeAndNotTheCloud) {
  GatewaySnapshot snapshot = sample_snapshot();
  const Health degraded = readiness(snapshot);
  EXPECT_TRUE(degraded.ok);
  EXPECT_EQ(degraded.words,
            "ready, but degraded:\nthe cloud link is down for 2s: connection refused\n");

  snapshot.links[1].up = true;
  EXPECT_TRUE(readiness(snapshot).ok);
  EXPECT_EQ(readiness(snapshot).words, "ready\n");

  snapshot.queues[0].messages = 8'000;
  EXPECT_EQ(readiness(snapshot).words, "ready, but degraded:\nthe outbox is nearly full\n");

  snapshot.state = RunState::Starting;
  EXPECT_FALSE(readiness(snapshot).ok);
  EXPECT_EQ(readiness(snapshot).words, "starting\n");
  snapshot.state = RunState::Stopping;
  EXPECT_FALSE(readiness(snapshot).ok);
}

}  // namespace
}  // namespace gateway
