// What becomes of live readings while the service is away, as their rule's `offline` says.

#include <ctime>
#include <random>
#include <regex>

#include <gmock/gmock.h>

#include "tests/bridge/uplink/flow_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using flow::UplinkFlow;
using support::run_until;
using testing::ElementsAre;
using testing::HasSubstr;
using Keep = OfflineOptions::Keep;
using Overflow = OfflineOptions::Overflow;

class UplinkOffline : public UplinkFlow {
 protected:
  static RuleOptions waiting(const OfflineOptions& offline, std::string_view topic = "s/{device}") {
    auto options = rule("climate", topic, "g");
    options.offline = offline;
    return options;
  }

  std::uint64_t dropped(DropReason reason, std::size_t of = 0) {
    return counts(of).dropped[static_cast<std::size_t>(reason)];
  }

  /// The data of all samples the dashboard got, as they came.
  std::vector<std::string> received() const {
    std::vector<std::string> data;
    const std::regex pattern("\"data\":([0-9]+)");
    for (const auto& batch : dashboard_.batches) {
      for (std::sregex_iterator at(batch.begin(), batch.end(), pattern), end; at != end; ++at) {
        data.push_back((*at)[1]);
      }
    }
    return data;
  }

  void wait_until_taken_in(std::uint64_t messages) {
    ASSERT_TRUE(run_until(*loop_, [&] {
      EXPECT_TRUE(counts().adds_up());
      return uplink_->counts().messages == messages && uplink_->counts().inbox_messages == 0;
    }));
  }

  void wait_until_none_waits() {
    ASSERT_TRUE(run_until(*loop_, [&] {
      EXPECT_TRUE(counts().adds_up());
      return counts().pending == 0;
    }));
    ASSERT_TRUE(run_until(*loop_, [&] { return received().size() >= counts().forwarded; }));
  }
};

TEST_F(UplinkOffline, OfTheLatestOneOfEachDeviceComesLateAndMarked) {
  make_uplink({waiting({.keep = Keep::Latest, .per = "device"})});
  watch("g");
  for (int i = 0; i < 10; ++i) publish(i % 2 == 0 ? "s/a" : "s/b", std::to_string(i));
  wait_until_taken_in(10);
  EXPECT_EQ(counts().pending, 2U);
  EXPECT_EQ(uplink_->counts().offline_messages, 2U);
  EXPECT_EQ(dropped(DropReason::Superseded), 8U);
  connect();
  wait_until_none_waits();
  EXPECT_THAT(received(), ElementsAre("8", "9"));
  EXPECT_THAT(dashboard_.batches[0], HasSubstr("\"late\":true "));
  publish("s/a", "10");
  wait_until_none_waits();
  EXPECT_THAT(received(), ElementsAre("8", "9", "10"));
  EXPECT_THAT(dashboard_.batches.back(), HasSubstr("\"late\":false"));
}

TEST_F(UplinkOffline, TheNewestComesFirstOrTheOldest) {
  for (const auto keep : {Keep::NewestFirst, Keep::OldestFirst}) {
    dashboard_.batches.clear();
    make_uplink({waiting({.keep = keep, .max_messages = 3})});
    if (!watcher_) watch("g");
    for (int i = 0; i < 5; ++i) publish("s/a", std::to_string(i));
    wait_until_taken_in(5);
    EXPECT_EQ(dropped(DropReason::OfflineFull), 2U);
    if (!online_) client_->start();
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
    uplink_->on_link_up();
    wait_until_none_waits();
    const auto [first, last] =
        keep == Keep::NewestFirst ? std::pair("4", "2") : std::pair("2", "4");
    EXPECT_THAT(received(), ElementsAre(first, "3", last));
  }
}

TEST_F(UplinkOffline, NothingIsKeptOfARuleThatKeepsNone) {
  make_uplink({waiting({.keep = Keep::None})});
  watch("g");
  for (int i = 0; i < 5; ++i) publish("s/a", std::to_string(i));
  wait_until_taken_in(5);
  EXPECT_EQ(dropped(DropReason::Offline), 5U);
  connect();
  publish("s/a", "5");
  wait_until_none_waits();
  EXPECT_THAT(received(), ElementsAre("5"));
}

TEST_F(UplinkOffline, WhatIsTooOldIsGoneBeforeTheServiceIsBack) {
  make_uplink({waiting({.keep = Keep::OldestFirst, .max_age = 50ms})});
  publish("s/a", "1");
  wait_until_taken_in(1);
  ASSERT_TRUE(run_until(*loop_, [&] { return dropped(DropReason::Expired) == 1; }));
  EXPECT_EQ(counts().pending, 0U);
  EXPECT_TRUE(counts().adds_up());
}

TEST_F(UplinkOffline, FreshOnesGoFirstUnlessTheOrderIsKept) {
  for (const bool live_first : {true, false}) {
    dashboard_.batches.clear();
    auto options = waiting({.keep = Keep::OldestFirst});
    options.batch.max_samples = 1;
    options.replay = {.live_first = live_first, .rate = 20};
    make_uplink({options});
    if (!watcher_) watch("g");
    for (int i = 0; i < 60; ++i) publish("s/a", std::to_string(i));
    wait_until_taken_in(60);
    if (!online_) client_->start();
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
    uplink_->on_link_up();
    publish("s/b", "60");
    ASSERT_TRUE(run_until(*loop_, [&] { return received().size() >= 61; }));
    EXPECT_EQ(received().back() == "60", !live_first);
  }
}

TEST_F(UplinkOffline, AFreshReadingIsTheLatest) {
  auto options = waiting({.keep = Keep::Latest});
  options.batch.max_samples = 1;
  options.replay.rate = 0.1;
  make_uplink({options});
  watch("g");
  for (int i = 0; i < 30; ++i) publish("s/" + std::to_string(i), "1");
  wait_until_taken_in(30);
  connect();
  for (int i = 0; i < 30; ++i) publish("s/" + std::to_string(i), "2");
  wait_until_none_waits();
  const auto data = received();
  EXPECT_EQ(std::count(data.begin(), data.end(), "2"), 30);
  EXPECT_EQ(dropped(DropReason::Superseded) + counts().forwarded, 60U);
  EXPECT_GT(dropped(DropReason::Superseded), 0U);
}

TEST_F(UplinkOffline, ThoseOfTheLowestPriorityMakeWayWhenTheRoomIsFull) {
  auto low = waiting({.keep = Keep::OldestFirst}, "l/+");
  low.name = "low";
  low.priority = Priority::Low;
  auto high = waiting({.keep = Keep::OldestFirst}, "h/+");
  high.priority = Priority::High;
  make_uplink({low, high}, {.max_bytes = 1'000'000});
  const std::string payload = "\"" + std::string(1'000, 'x') + "\"";
  std::uint64_t sent = 0;
  for (int i = 0; i < 12; ++i) {
    for (int k = 0; k < 10; ++k) publish("l/a", payload);
    for (int k = 0; k < 10; ++k) publish("h/a", payload);
    wait_until_taken_in(sent += 20);
    EXPECT_LE(uplink_->counts().offline_bytes, uplink_->counts().offline_max_bytes);
  }
  EXPECT_EQ(counts(1).pending, 120U);
  EXPECT_GT(dropped(DropReason::OfflineFull), 50U);
  EXPECT_TRUE(counts(0).adds_up() && counts(1).adds_up());
}

TEST_F(UplinkOffline, AReloadKeepsWhatWaitsAndARemovedRuleSendsItAll) {
  const auto kept = waiting({.keep = Keep::OldestFirst});
  auto gone = waiting({.keep = Keep::NewestFirst}, "t/{device}");
  gone.name = "gone";
  make_uplink({kept, gone});
  watch("g");
  publish("s/a", "1");
  publish("t/a", "2");
  wait_until_taken_in(2);
  uplink_->reload("edge-01", {kept}, {});
  EXPECT_EQ(uplink_->counts().offline_messages, 1U);
  EXPECT_EQ(counts(1).pending, 1U);
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return counts(0).forwarded + counts(1).forwarded == 2; }));
  EXPECT_TRUE(counts(0).adds_up() && counts(1).adds_up());
}

TEST_F(UplinkOffline, AtTheEndAllThatWaitsIsSentWithoutRegardToRates) {
  auto options = waiting({.keep = Keep::OldestFirst});
  options.batch.max_samples = 1;
  options.replay.rate = 0.1;
  make_uplink({options});
  watch("g");
  for (int i = 0; i < 100; ++i) publish("s/a", std::to_string(i));
  wait_until_taken_in(100);
  connect();
  bool done = false;
  uplink_->flush([&] { done = true; });
  ASSERT_TRUE(run_until(*loop_, [&] { return done; }));
  EXPECT_EQ(counts().forwarded, 100U);
}

TEST_F(UplinkOffline, AtTheEndItWaitsWithoutKeepingTheProcessorBusy) {
  auto options = waiting({.keep = Keep::OldestFirst});
  options.batch.max_samples = 1;
  make_uplink({options}, {.rate_limit = {.frames = 1}});
  for (int i = 0; i < 5; ++i) publish("s/a", std::to_string(i));
  wait_until_taken_in(5);
  connect();
  bool done = false;
  uplink_->flush([&] { done = true; });
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded > 0; }));
  const auto before = std::clock();
  EXPECT_FALSE(run_until(
      *loop_, [&] { return done; }, 400ms));
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10);
}

TEST_F(UplinkOffline, WhatIsReplayedIsCountedAsTheFramesItMakes) {
  auto options = waiting({.keep = Keep::OldestFirst});
  options.group = *parse_group("g-{device}", options.topics);
  options.replay.rate = 1;
  make_uplink({options});
  for (std::uint64_t outage = 1; outage <= 2; ++outage) {
    for (int i = 0; i < 40; ++i) publish("s/d" + std::to_string(i), "1");
    wait_until_taken_in(outage * 40);
    if (outage == 1) connect();
    uplink_->on_link_up();
    // The first time they make more frames than may leave for the next twenty seconds.
    EXPECT_EQ(run_until(
                  *loop_, [&] { return counts().forwarded == outage * 40; },
                  outage == 1 ? 20'000ms : 300ms),
              outage == 1);
    uplink_->on_link_down({});
  }
  EXPECT_EQ(uplink_->counts().offline_messages, 40U);
}

TEST_F(UplinkOffline, WhatStillWaitsAtTheEndIsCountedAsStopped) {
  make_uplink({waiting({.keep = Keep::Latest})});
  for (int i = 0; i < 10; ++i) publish("s/a", std::to_string(i));
  wait_until_taken_in(10);
  uplink_->give_up();
  EXPECT_EQ(dropped(DropReason::Stopped), 1U);
  EXPECT_TRUE(counts().adds_up());
}

// Random policies, outages and reloads: each reading stands in exactly one column.
TEST_F(UplinkOffline, TheBooksBalanceWhateverThePolicyAndHoweverOftenTheServiceIsAway) {
  std::mt19937 random(7);  // the same in every run
  const auto pick = [&](std::uint32_t many) { return random() % many; };
  const auto any_rule = [&](std::size_t number) {
    auto options = rule("r" + std::to_string(number), "s/{device}", "g");
    if (pick(5) == 0) options.send = SendMode::Acknowledged;
    options.offline.keep = std::array{Keep::Batches, Keep::Latest, Keep::OldestFirst,
                                      Keep::NewestFirst, Keep::None}[pick(5)];
    options.offline.overflow =
        std::array{Overflow::DropOldest, Overflow::DropNewest, Overflow::Latest}[pick(3)];
    if (pick(2) == 0) options.offline.per = "device";
    if (pick(2) == 0) options.offline.max_messages = 1 + pick(20);
    if (pick(3) == 0) options.offline.max_bytes = 10 + pick(200);
    if (pick(3) == 0) options.offline.max_age = std::chrono::milliseconds(1 + pick(20));
    options.replay = {.live_first = pick(2) == 0, .rate = 5'000};
    options.priority = std::array{Priority::High, Priority::Normal, Priority::Low}[pick(3)];
    options.batch.max_samples = 1 + pick(10);
    return options;
  };
  const auto some_rules = [&] {
    std::vector<RuleOptions> rules;
    for (std::size_t i = 0; i < 4; ++i) rules.push_back(any_rule(i));
    return rules;
  };
  const auto all_add_up = [&] {
    const auto all = uplink_->counts();
    for (const auto& each : all.rules) EXPECT_TRUE(each.adds_up()) << each.rule;
    return all;
  };
  make_uplink(some_rules());
  watch("g");
  connect();
  std::uint64_t sent = 0;
  for (int round = 0; round < 12; ++round) {
    const bool away = pick(2) == 0;
    if (away) {
      hub_.reset();
      ASSERT_TRUE(run_until(*loop_, [&] { return !online_; }));
    }
    if (pick(3) == 0) uplink_->reload("edge-01", some_rules(), {.max_bytes = 100'000});
    for (std::uint32_t i = 0; i < 200; ++i) {
      publish("s/" + std::to_string(pick(9)), pick(20) == 0 ? "{" : std::to_string(i));
      ++sent;
      if (i % 50 == 49) {
        ASSERT_TRUE(run_until(*loop_, [&] {
          const auto all = all_add_up();
          return all.messages == sent && all.inbox_messages == 0;
        }));
      }
    }
    if (away) start_hub(port_);
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
  }
  ASSERT_TRUE(run_until(*loop_, [&] {
    const auto all = all_add_up();
    return std::all_of(all.rules.begin(), all.rules.end(),
                       [](const RuleCounts& each) { return each.pending == 0; });
  }));
  RuleCounts total;
  for (const auto& each : uplink_->counts().rules) total.add(each);
  EXPECT_EQ(total.received, 4 * sent);
  for (const auto reason : {DropReason::Offline, DropReason::OfflineFull, DropReason::Superseded,
                            DropReason::Malformed}) {
    EXPECT_GT(total.dropped[static_cast<std::size_t>(reason)], 0U) << to_string(reason);
  }
}

}  // namespace
}  // namespace gateway
