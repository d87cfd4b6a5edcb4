// What waits is shown as it is, and what is thrown away is counted.

#include <gmock/gmock.h>

#include "tests/bridge/uplink/flow_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using flow::UplinkFlow;
using support::run_until;
using testing::ElementsAre;
using testing::IsEmpty;
using Keep = OfflineOptions::Keep;

class UplinkQueues : public UplinkFlow {
 protected:
  void TearDown() override { uplink_.reset(); }

  void start(std::vector<RuleOptions> rules) {
    store_.emplace(StoreOptions{.directory = folder_.file("data")}, [] {}).open();
    make_uplink(std::move(rules), {}, &*store_);
  }

  static RuleOptions durable() {
    auto options = rule("meters", "m/{device}", "g");
    options.store = StoreMode::Disk;
    return options;
  }
  static RuleOptions waiting() {
    auto options = rule("climate", "s/{device}", "g");
    options.offline.keep = Keep::OldestFirst;
    return options;
  }

  void publish_some(const std::string& topic, int count) {
    for (int i = 0; i < count; ++i) publish(topic, std::to_string(i));
    sent_ += static_cast<std::uint64_t>(count);
    ASSERT_TRUE(run_until(*loop_, [&] {
      return uplink_->counts().messages == sent_ && uplink_->counts().inbox_messages == 0;
    }));
  }

  std::vector<std::string> payloads(const std::string& of, QueuePlace place,
                                    std::uint64_t after = 0, std::size_t most = 100) {
    std::vector<std::string> found;
    EXPECT_TRUE(uplink_->look_at_queue(of, place, after, [&](const WaitingItem& item) {
      EXPECT_GT(item.number, after);
      found.emplace_back(item.payload);
      return found.size() < most;
    }));
    return found;
  }

  std::uint64_t purge(const std::string& of) {
    std::optional<std::uint64_t> purged;
    EXPECT_EQ(uplink_->purge(of, [&](std::uint64_t count) { purged = count; }),
              Uplink::PurgeBegun::Yes);
    EXPECT_TRUE(run_until(*loop_, [&] { return purged.has_value(); }));
    return purged.value_or(0);
  }

  std::uint64_t dropped_as_purged(std::size_t of = 0) {
    EXPECT_TRUE(counts(of).adds_up());
    return counts(of).dropped[static_cast<std::size_t>(DropReason::Purged)];
  }

  const support::TempFolder folder_{};
  std::optional<Store> store_{};
  std::uint64_t sent_ = 0;
};

TEST_F(UplinkQueues, EachRuleHasItsOwn) {
  start({durable(), waiting(), rule("trace", "t/+", "g")});
  publish_some("m/a", 3);
  publish_some("s/a", 2);
  publish_some("t/a", 1);
  const auto all = uplink_->queues();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].rule, "meters");
  EXPECT_EQ(all[0].disk.messages, 3U);
  EXPECT_GT(all[0].disk.bytes, 12U);
  EXPECT_EQ(all[0].memory.messages, 0U);
  EXPECT_EQ(all[1].memory.messages, 2U);
  EXPECT_EQ(all[1].memory.bytes, 8U);
  EXPECT_EQ(all[2].memory.messages, 1U);
  EXPECT_GT(all[2].memory.bytes, 0U);
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->queues()[0].disk.oldest_age > 5ms; }));
  EXPECT_GT(uplink_->queues()[1].memory.oldest_age, 0ms);
}

TEST_F(UplinkQueues, ShowWhatIsInThemFromAnyPlaceOn) {
  start({durable(), waiting()});
  publish_some("m/a", 4);
  publish_some("s/a", 3);
  EXPECT_THAT(payloads("meters", QueuePlace::Disk), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(payloads("meters", QueuePlace::Disk, 2), ElementsAre("2", "3"));
  EXPECT_THAT(payloads("climate", QueuePlace::Memory, 0, 2), ElementsAre("0", "1"));
  EXPECT_THAT(payloads("climate", QueuePlace::Memory, 2), ElementsAre("2"));
  EXPECT_THAT(payloads("meters", QueuePlace::Memory), IsEmpty());
  EXPECT_FALSE(
      uplink_->look_at_queue("nobody", QueuePlace::Disk, 0, [](const auto&) { return true; }));
  // Looking changes nothing.
  EXPECT_EQ(counts(0).pending, 4U);
  EXPECT_EQ(counts(1).pending, 3U);
}

TEST_F(UplinkQueues, APurgeCountsWhatItThrowsAwayAndNoMore) {
  start({durable(), waiting(), rule("trace", "t/+", "g")});
  publish_some("m/a", 3'000);  // more than one step
  publish_some("s/a", 20);
  publish_some("t/a", 250);
  EXPECT_EQ(purge("meters"), 3'000U);
  EXPECT_EQ(dropped_as_purged(0), 3'000U);
  EXPECT_EQ(counts(0).pending, 0U);
  EXPECT_EQ(counts(1).pending, 20U);
  EXPECT_EQ(purge("climate"), 20U);
  EXPECT_EQ(purge("trace"), 250U);
  EXPECT_EQ(dropped_as_purged(1), 20U);
  EXPECT_EQ(dropped_as_purged(2), 250U);
  EXPECT_EQ(purge("trace"), 0U);
  EXPECT_EQ(uplink_->purge("nobody", [](std::uint64_t) {}), Uplink::PurgeBegun::UnknownRule);
  // And all goes on.
  watch("g");
  connect();
  publish_some("m/a", 1);
  publish_some("s/a", 1);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(0).forwarded + counts(1).forwarded == 2; }));
}

TEST_F(UplinkQueues, APurgeEndsAStopThatWaitsForWhatIsThere) {
  start({waiting()});
  publish_some("s/a", 3);
  bool stopped = false;
  uplink_->flush([&] { stopped = true; });
  EXPECT_EQ(purge("climate"), 3U);
  EXPECT_TRUE(run_until(*loop_, [&] { return stopped; }));
}

TEST_F(UplinkQueues, WhatWasPurgedIsGoneAfterARestart) {
  start({durable()});
  publish_some("m/a", 10);
  EXPECT_EQ(purge("meters"), 10U);
  uplink_.reset();
  store_.reset();
  start({durable()});
  EXPECT_EQ(counts().pending, 0U);
  EXPECT_THAT(payloads("meters", QueuePlace::Disk), IsEmpty());
}

TEST_F(UplinkQueues, TheQueueOfARuleThatIsGoneCanBeSeenAndPurged) {
  start({durable()});
  publish_some("m/a", 5);
  uplink_->reload("edge-01", {waiting()}, {});
  const auto all = uplink_->queues();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].removed);
  EXPECT_EQ(all[0].disk.messages, 5U);
  EXPECT_EQ(payloads("meters", QueuePlace::Disk).size(), 5U);
  EXPECT_EQ(purge("meters"), 5U);
  EXPECT_EQ(uplink_->queues().size(), 1U);
}

// Of what really is poison, uplink_refusal_test.cpp tells.
TEST_F(UplinkQueues, AHubThatRestartsTenTimesCondemnsNobody) {
  auto options = rule("alarms", "a/+", "g");
  options.send = SendMode::Acknowledged;
  start({options});
  client_->start();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
    publish_some("a/1", 1);  // on the wire when the hub goes, as likely as not
    hub_.reset();
    ASSERT_TRUE(run_until(*loop_, [&] { return !online_; }));
    start_hub(port_);
  }
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 10; }));
  EXPECT_EQ(counts().dropped_total(), 0U);
  EXPECT_EQ(uplink_->quarantine()->batches(), 0U);
}

}  // namespace
}  // namespace gateway
