// The whole line: messages on a thread of their own, a real hub, a dashboard that keeps count.

#include <atomic>
#include <map>
#include <thread>

#include <gmock/gmock.h>

#include "tests/bridge/uplink/flow_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using flow::UplinkFlow;
using support::run_until;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(UplinkFlow, ALoneReadingLeavesAtOnce) {
  make_uplink({rule("climate", "s/{device}", "g")});
  watch("g");
  connect();
  publish("s/d1", "21.5");
  ASSERT_TRUE(run_until(*loop_, [&] { return !dashboard_.batches.empty(); }));
  EXPECT_THAT(dashboard_.batches[0], HasSubstr(R"("late":false,"samples":[{"topic":"s/d1",)"));
  EXPECT_THAT(dashboard_.batches[0], HasSubstr(R"("device":"d1","data":21.5}]})"));
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 1; }));
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkFlow, TheBooksBalanceAtEveryMomentUnderLoad) {
  make_uplink({rule("all", "#", "g"), rule("some", "s/+", "g")}, {.pace = 200});
  watch("g");
  connect();
  constexpr std::uint64_t kMessages = 30'000;
  std::atomic<bool> finished{false};
  std::thread mqtt([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      publish(i % 2 == 0 ? "s/d1" : "t/d2", i % 1000 == 7 ? "not json" : std::to_string(i));
    }
    finished = true;
  });
  const auto balanced = [&] { return counts(0).adds_up() && counts(1).adds_up(); };
  EXPECT_TRUE(run_until(*loop_, [&] {
    EXPECT_TRUE(balanced());
    return finished && counts(0).pending == 0 && counts(1).pending == 0;
  }));
  mqtt.join();
  EXPECT_EQ(counts(0).received, kMessages);
  EXPECT_EQ(counts(1).received, kMessages / 2);
  EXPECT_EQ(counts(0).dropped[static_cast<std::size_t>(DropReason::Malformed)], kMessages / 1000);
  EXPECT_EQ(counts(0).forwarded, kMessages - kMessages / 1000);
  // Many more readings than frames: that is what the pace is for.
  EXPECT_LT(counts(0).frames, counts(0).forwarded / 10);
}

TEST_F(UplinkFlow, WhatWaitedForTheServiceIsSentInOrderAndMarkedLate) {
  make_uplink({rule("climate", "s/{device}", "g")});
  watch("g");
  for (int i = 0; i < 250; ++i) publish("s/d1", std::to_string(i));
  // Serve a while without a service: nothing may get lost, and batches fill up meanwhile.
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().outbox_batches == 2; }));
  EXPECT_EQ(counts().pending, 250U);
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return dashboard_.batches.size() == 3; }));
  int next = 0;
  for (const auto& batch : dashboard_.batches) {
    EXPECT_THAT(batch, HasSubstr("\"late\":true "));
    for (auto at = batch.find("\"data\":"); at != std::string::npos;
         at = batch.find("\"data\":", at + 1)) {
      EXPECT_EQ(std::stoi(batch.substr(at + 7)), next++);
    }
  }
  EXPECT_EQ(next, 250);
}

TEST_F(UplinkFlow, AcknowledgedBatchesSurviveARestartOfTheHub) {
  auto options = rule("alarms", "a/+", "g");
  options.send = SendMode::Acknowledged;
  make_uplink({options});
  connect();
  publish("a/1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 1; }));
  hub_.reset();
  publish("a/1", "2");
  ASSERT_TRUE(run_until(*loop_, [&] { return !online_; }));
  EXPECT_EQ(counts().pending, 1U);
  start_hub(port_);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 2; }));
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkFlow, StreamedBatchesSurviveARestartOfTheHub) {
  auto streamed = rule("climate", "s/{device}", "g");
  streamed.send = SendMode::Stream;
  make_uplink({streamed});
  watch("g");
  connect();
  for (int i = 0; i < 50; ++i) publish("s/a", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 50; }));
  hub_.reset();
  ASSERT_TRUE(run_until(*loop_, [&] { return !online_; }));
  for (int i = 0; i < 50; ++i) publish("s/a", "1");
  start_hub(port_);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 100; }));
  EXPECT_EQ(counts().received, 100U);
  EXPECT_EQ(uplink_->counts().outbox_batches, 0U);
}

TEST_F(UplinkFlow, WhenTheRateIsTooSmallTheHighestPriorityFlows) {
  auto chatter = rule("chatter", "c/{device}", "g");
  chatter.priority = Priority::Low;
  chatter.batch.max_samples = 1;
  auto alarm = rule("alarm", "a/{device}", "g");
  alarm.priority = Priority::High;
  alarm.batch.max_samples = 1;
  make_uplink({chatter, alarm}, {.rate_limit = {.frames = 50}});
  connect();
  for (int i = 0; i < 200; ++i) publish("c/1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(0).forwarded > 0; }));
  for (int i = 0; i < 10; ++i) publish("a/1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(1).forwarded == 10; }));
  EXPECT_LT(counts(0).forwarded, 150U);
  EXPECT_TRUE(counts(0).adds_up());
  EXPECT_EQ(uplink_->counts().gate.frame_rate, 50);
  EXPECT_EQ(uplink_->counts().gate.billed_today, counts(0).frames + counts(1).frames);
}

TEST_F(UplinkFlow, WhatTheDaysBudgetDoesNotAllowWaits) {
  auto line = rule("climate", "s/{device}", "g");
  line.batch.max_samples = 1;
  make_uplink({line}, {.rate_limit = {.daily_billing_units = 100}});
  connect();
  for (int i = 0; i < 200; ++i) publish("s/1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 90; }));
  EXPECT_EQ(uplink_->counts().gate.held_from, static_cast<std::size_t>(Priority::Normal));
  EXPECT_EQ(counts().pending, 110U);
  EXPECT_FALSE(uplink_->counts().has_due) << "for hours, and nothing hangs";
  uplink_->reload("edge-01", {line}, {});
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 200; }));
}

TEST_F(UplinkFlow, MeasuresTheBatchesThatLeft) {
  auto acknowledged = rule("alarms", "a/+", "g");
  acknowledged.send = SendMode::Acknowledged;
  make_uplink({acknowledged, rule("climate", "s/+", "g")}, {.pace = 1000});
  for (int i = 0; i < 3; ++i) publish("s/1", "\"" + std::string(3000, 'x') + "\"");
  publish("a/1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().inbox_messages == 0; }));
  EXPECT_EQ(uplink_->counts().batch_messages, 4U);
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().batch_age >= 20ms; }));
  connect();
  ASSERT_TRUE(
      run_until(*loop_, [&] { return counts(0).forwarded == 1 && counts(1).forwarded == 3; }));
  const auto& figures = uplink_->figures();
  EXPECT_EQ(figures.batch_messages.count(), 2U);
  EXPECT_EQ(figures.batch_messages.sum(), 4.0);
  EXPECT_EQ(figures.frame_bytes.sum(), static_cast<double>(counts(0).bytes + counts(1).bytes));
  EXPECT_EQ(figures.end_to_end.count(), 2U);
  EXPECT_GE(figures.end_to_end.sum(), 0.04) << "both have waited";
  EXPECT_EQ(figures.ack_time.count(), 1U) << "of the rule that asks for acks alone";
  EXPECT_LT(figures.ack_time.sum(), figures.end_to_end.sum());
  EXPECT_EQ(figures.billable, 1U + 5U) << "9 KB are five units";
  EXPECT_EQ(uplink_->counts().outbox_age, 0ms);
}

TEST_F(UplinkFlow, StaysWithinItsMemoryWhileTheServiceIsAway) {
  make_uplink({rule("climate", "s/{device}", "g")}, {.max_bytes = 1024 * 1024});
  const std::string payload = "\"" + std::string(500, 'x') + "\"";
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 200; ++i) publish("s/d1", payload);
    loop_->run_once(0ms);
    const auto all = uplink_->counts();
    EXPECT_LE(all.inbox_bytes + all.batch_bytes + all.outbox_bytes, 1024U * 1024);
    EXPECT_TRUE(all.rules[0].adds_up());
  }
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().inbox_bytes == 0; }));
  EXPECT_GT(counts().dropped[static_cast<std::size_t>(DropReason::OutboxFull)], 0U);
}

TEST_F(UplinkFlow, FlushSendsEverythingAndGiveUpCountsTheRest) {
  make_uplink({rule("climate", "s/{device}", "g")}, {.pace = 1});
  connect();
  for (int i = 0; i < 100; ++i) publish("s/d1", "1");
  bool flushed = false;
  uplink_->flush([&] { flushed = true; });
  ASSERT_TRUE(run_until(*loop_, [&] { return flushed; }));
  EXPECT_EQ(counts().forwarded, 100U);

  hub_.reset();
  ASSERT_TRUE(run_until(*loop_, [&] { return !online_; }));
  for (int i = 0; i < 50; ++i) publish("s/d1", "1");
  uplink_->give_up();
  EXPECT_EQ(counts().dropped[static_cast<std::size_t>(DropReason::Stopped)], 50U);
  EXPECT_EQ(counts().pending, 0U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkFlow, SubscribesToWhatItsRulesNeedOnce) {
  auto low = rule("all", "s/#", "g");
  low.qos = 0;
  make_uplink({low, rule("some", "s/{device}/t", "g"), rule("other", "x", "g")});
  EXPECT_THAT(uplink_->subscriptions(),
              testing::ElementsAre(MqttSubscription{"s/#", 1}, MqttSubscription{"x", 1}));
}

}  // namespace
}  // namespace gateway
