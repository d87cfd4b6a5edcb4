// Durable rules: what the broker believes delivered is delivered, whatever ends in between.

#include <map>
#include <regex>
#include <set>

#include "tests/bridge/uplink/flow_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::run_until;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class UplinkDurable : public flow::UplinkFlow {
 protected:
  void SetUp() override {
    UplinkFlow::SetUp();
    open_store();
  }
  void TearDown() override { uplink_.reset(); }

  void open_store() {
    store_ = std::make_unique<Store>(StoreOptions{.directory = folder_.file("data"), .sync = 20ms},
                                     [] {});
    store_->open();
    ASSERT_TRUE(store_->health().usable) << store_->health().trouble;
  }

  static RuleOptions durable(std::string_view group = "g") {
    auto options = rule("climate", "s/{device}", group);
    options.store = StoreMode::Disk;
    options.replay.rate = 10'000;
    return options;
  }

  void start(RuleOptions options) { make_uplink({std::move(options)}, {}, store_.get()); }

  /// As if the process had been killed: nothing more is written, and a new one starts.
  void kill_and_start(const RuleOptions& options) {
    client_->stop();
    ASSERT_TRUE(
        run_until(*loop_, [&] { return client_->state() == webpubsub::ClientState::Stopped; }));
    online_ = false;
    uplink_.reset();
    store_.reset();
    open_store();
    make_client();
    start(options);
  }

  void publish_many(int count, const std::string& topic = "s/d1") {
    for (int i = 0; i < count; ++i) publish(topic, std::to_string(++published_));
  }

  /// The payloads that arrived, in their order, batches of a number that was there before left out.
  std::vector<int> received() {
    std::vector<int> payloads;
    std::map<std::string, std::set<int>> seen;
    static const std::regex kSequence(R"re("seq":(\d+))re");
    static const std::regex kData(R"re("data":(\d+))re");
    for (const auto& batch : dashboard_.batches) {
      std::smatch match;
      if (!std::regex_search(batch, match, kSequence)) continue;
      if (!seen[""].insert(std::stoi(match[1])).second) continue;
      for (std::sregex_iterator each(batch.begin(), batch.end(), kData), end; each != end; ++each) {
        payloads.push_back(std::stoi((*each)[1]));
      }
    }
    return payloads;
  }

  std::vector<int> numbers(int count) {
    std::vector<int> all;
    for (int i = 1; i <= count; ++i) all.push_back(i);
    return all;
  }

  support::TempFolder folder_;
  std::unique_ptr<Store> store_;
  int published_ = 0;
};

TEST_F(UplinkDurable, ForgetsAReadingOnceItIsAcknowledged) {
  start(durable());
  watch("g");
  connect();
  publish("s/d1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 1; }));
  EXPECT_THAT(dashboard_.batches, ElementsAre(HasSubstr(R"("late":false)")));
  ASSERT_TRUE(run_until(*loop_, [&] { return store_->spool().bytes() == 0; }));
  EXPECT_TRUE(counts().adds_up());
  EXPECT_TRUE(counts().acknowledged);
}

class SeenDevices final : public ForwardWatcher {
 public:
  void on_seen(std::string_view device, webpubsub::TimePoint arrived) override {
    auto& latest = heard[std::string(device)];
    latest = std::max(latest, arrived);
    ++count;
  }
  void on_forwarded(const ForwardedReading&) override {}
  std::map<std::string, webpubsub::TimePoint> heard{};
  int count = 0;
};

TEST_F(UplinkDurable, ADeviceIsThereWhenItsReadingsComeAndNotWhenTheyAreRead) {
  SeenDevices seen;
  start(durable());
  uplink_->set_forward_watcher(seen);
  uplink_->note_stored(true);
  publish_many(100, "s/d1");
  publish("s/d2", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return seen.heard.size() == 2; }));
  EXPECT_EQ(seen.count, 2) << "the service is away, and each is told of once";
  const auto before = webpubsub::steady_now();
  kill_and_start(durable());
  seen = {};
  uplink_->set_forward_watcher(seen);
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 101; }));
  EXPECT_EQ(seen.heard.size(), 2U);
  EXPECT_LT(seen.heard["d1"], before) << "as old as they are";
}

TEST_F(UplinkDurable, WhatCameWhileTheServiceWasAwayOutlivesTheProcess) {
  start(durable());
  publish_many(250);
  EXPECT_EQ(counts().pending, 250U);
  EXPECT_EQ(counts().on_disk, 250U);
  EXPECT_TRUE(counts().adds_up());
  kill_and_start(durable());
  EXPECT_EQ(counts().restored, 250U);
  EXPECT_EQ(counts().pending, 250U);
  EXPECT_TRUE(counts().adds_up());
  watch("g");
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 250; }));
  EXPECT_EQ(received(), numbers(250));
  EXPECT_THAT(dashboard_.batches, Each(HasSubstr(R"("late":true)")));
  EXPECT_LE(dashboard_.batches.size(), 4U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkDurable, OfflineNothingOfItIsInMemory) {
  start(durable());
  publish_many(1'000);
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().inbox_messages == 0; }));
  const auto all = uplink_->counts();
  EXPECT_EQ(all.batch_messages, 0U);
  EXPECT_EQ(all.outbox_batches, 0U);
  EXPECT_EQ(all.inbox_bytes, 0U);
}

TEST_F(UplinkDurable, ABatchThatWasSentBeforeAKillIsTheSameAfterwards) {
  start(durable());
  watch("g");
  connect();
  publish_many(5);
  ASSERT_TRUE(run_until(*loop_, [&] { return !dashboard_.batches.empty(); }));
  // The acknowledgement is not noted any more: as if it had been under way.
  uplink_->on_link_down({});
  publish_many(5);
  const auto before = dashboard_.batches;
  kill_and_start(durable());
  EXPECT_TRUE(counts().adds_up());
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().pending == 0; }));
  EXPECT_EQ(received(), numbers(10));
  EXPECT_TRUE(counts().adds_up());
  for (const auto& batch : before) EXPECT_THAT(dashboard_.batches, testing::Contains(batch));
}

TEST_F(UplinkDurable, SequenceNumbersGoOnAfterARestart) {
  start(durable());
  watch("g");
  connect();
  publish("s/d1", "1");
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 1; }));
  ASSERT_TRUE(run_until(*loop_, [&] { return store_->spool().bytes() == 0; }));
  kill_and_start(durable());
  connect();
  publish("s/d1", "2");
  ASSERT_TRUE(run_until(*loop_, [&] { return dashboard_.batches.size() == 2; }));
  EXPECT_THAT(dashboard_.batches[1], HasSubstr(R"("seq":2,)"));
}

TEST_F(UplinkDurable, WhatIsFreshGoesFirstAndTheBacklogKeepsToItsRate) {
  auto options = durable();
  options.replay.rate = 1;  // a batch a second, after the first ones
  options.batch.max_samples = 1;
  start(options);
  publish_many(200);
  watch("g");
  connect();
  publish("s/d1", "1000");
  const auto fresh = testing::AllOf(HasSubstr(R"("data":1000)"), HasSubstr(R"("late":false)"));
  ASSERT_TRUE(run_until(
      *loop_, [&] { return testing::Matches(testing::Contains(fresh))(dashboard_.batches); }));
  EXPECT_GT(counts().pending, 100U);
  EXPECT_TRUE(counts().adds_up());
}

// ./dev bench delivery has the figures of a million; here, that nothing fresh waits for the
// backlog.
TEST_F(UplinkDurable, ABacklogDrainsWhileFreshReadingsPassIt) {
  constexpr int kBacklog = 60'000;
  auto options = durable();
  options.replay.rate = 100'000;
  start(options);
  publish_many(kBacklog);
  watch("g");
  connect();
  std::size_t fresh = 0;      // that were published
  std::size_t arrived = 0;    // of them
  std::size_t looked_at = 0;  // batches
  std::size_t behind = 0;     // batches of the backlog that came since the latest one was published
  std::size_t most = 0;
  ASSERT_TRUE(run_until(*loop_, [&] {
    for (; looked_at < dashboard_.batches.size(); ++looked_at) {
      const bool is_fresh = dashboard_.batches[looked_at].find("s/fresh") != std::string::npos;
      arrived += is_fresh ? 1U : 0U;
      behind += is_fresh ? 0U : 1U;
    }
    if (arrived == fresh) {
      most = std::max(most, behind);
      behind = 0;
      ++fresh;
      publish("s/fresh", "0");
    }
    return counts().forwarded >= kBacklog;
  }));
  EXPECT_GT(arrived, 3U);
  // What is on its way, or ready to be, and a turn of the backlog.
  EXPECT_LE(most, 3 * UplinkOptions().window);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkDurable, InOrderTheBacklogGoesFirst) {
  auto options = durable();
  options.replay.live_first = false;
  start(options);
  publish_many(300);
  watch("g");
  connect();
  publish_many(100);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 400; }));
  EXPECT_EQ(received(), numbers(400));
}

TEST_F(UplinkDurable, AReadingOfManyGroupsIsForgottenWhenAllHaveIt) {
  start(durable("site-{device}"));
  for (int i = 0; i < 300; ++i) publish_many(1, "s/d" + std::to_string(i % 7));
  kill_and_start(durable("site-{device}"));
  watch("site-d3");
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 300; }));
  ASSERT_TRUE(run_until(*loop_, [&] { return store_->spool().bytes() == 0; }));
  EXPECT_TRUE(counts().adds_up());
  EXPECT_EQ(received().size(), 43U);
}

TEST_F(UplinkDurable, ARuleThatIsTakenOutKeepsWhatItHas) {
  start(durable());
  publish_many(10);
  uplink_->reload("edge-01", {}, {});
  EXPECT_EQ(counts().pending, 10U);
  EXPECT_TRUE(counts().adds_up());
  watch("g");
  connect();
  kill_and_start(rule("other", "o/{device}", "g"));
  const auto all = uplink_->counts().rules;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].rule, "climate");
  EXPECT_TRUE(all[1].removed);
  EXPECT_EQ(all[1].pending, 10U);
  EXPECT_TRUE(all[1].adds_up());
  // It comes back, and is forwarded even if nothing new of it is stored any more.
  auto back = durable();
  back.store = StoreMode::Memory;
  uplink_->reload("edge-01", {back}, {});
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return received().size() == 10; }));
}

TEST_F(UplinkDurable, DropsByItsLimitsAndSaysSo) {
  auto options = durable();
  options.offline = {.max_messages = 100, .overflow = OfflineOptions::Overflow::DropNewest};
  start(options);
  publish_many(150);
  EXPECT_EQ(counts().dropped[static_cast<std::size_t>(DropReason::StoreFull)], 50U);
  EXPECT_TRUE(counts().adds_up());
  options.offline.overflow = OfflineOptions::Overflow::DropOldest;
  uplink_->reload("edge-01", {options}, {});
  publish_many(3);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().pending <= 100; }));
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkDurable, WithoutADiskItGoesOnInMemory) {
  make_uplink({durable()});
  watch("g");
  connect();
  publish_many(5);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 5; }));
  EXPECT_EQ(received(), numbers(5));
  EXPECT_EQ(counts().on_disk, 0U);
}

TEST_F(UplinkDurable, WithoutADiskItKeepsWhatTheRuleSays) {
  auto options = durable();
  options.offline = {.max_messages = 3, .overflow = OfflineOptions::Overflow::DropNewest};
  make_uplink({options});
  watch("g");
  publish_many(5);
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().pending == 3; }));
  EXPECT_EQ(counts().dropped[static_cast<std::size_t>(DropReason::OfflineFull)], 2U);
  EXPECT_TRUE(counts().adds_up());
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 3; }));
  EXPECT_EQ(received(), numbers(3));
}

TEST_F(UplinkDurable, WithoutADiskARuleThatBlocksKeepsAllThatFits) {
  auto options = durable();
  options.offline = {.max_messages = 3, .overflow = OfflineOptions::Overflow::Block};
  make_uplink({options});
  for (int i = 0; i < 10; ++i) {
    uplink_->receiver().on_message(
        {.topic = "s/d1", .payload = "1", .link = MqttLinkKind::Blocking});
  }
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->counts().offline_messages == 10; }));
  EXPECT_EQ(counts().pending, 10U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkDurable, TakesUpAStoreThatComesLate) {
  store_.reset();
  folder_.write("late", "a file where the folder should be");
  Store late({.directory = folder_.file("late")}, [] {});
  late.open();
  make_uplink({durable()}, {}, &late);
  publish_many(5);
  EXPECT_EQ(counts().on_disk, 0U);
  std::filesystem::remove(folder_.file("late"));
  ASSERT_TRUE(run_until(*loop_, [&] { return late.health().usable; }));
  late.take_up();
  uplink_->on_store_changed();
  publish_many(5);
  EXPECT_EQ(counts().on_disk, 5U);
  EXPECT_TRUE(counts().adds_up());
  watch("g");
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded == 10; }));
  uplink_.reset();
}

TEST_F(UplinkDurable, AStopLeavesOnDiskWhatItCannotSend) {
  start(durable());
  connect();
  publish_many(20);
  uplink_->on_link_down({});
  publish_many(20);
  uplink_->give_up();
  EXPECT_EQ(counts().dropped_total(), 0U);
  EXPECT_TRUE(counts().adds_up());
  const auto pending = counts().pending;
  kill_and_start(durable());
  EXPECT_EQ(counts().pending, pending);
}

}  // namespace
}  // namespace gateway
