// What waits of a rule leaves on request, all of it and nothing but it, in its order.

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/bridge/uplink/flow_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using flow::UplinkFlow;
using support::run_until;
using Begun = QueueDrain::Begun;
using Keep = OfflineOptions::Keep;
using DrainState = DrainFigures::State;

constexpr int kMany = 3'000;

class UplinkDrain : public UplinkFlow {
 protected:
  void TearDown() override { uplink_.reset(); }

  void start(std::vector<RuleOptions> rules) {
    if (!store_) store_.emplace(StoreOptions{.directory = folder_.file("data")}, [] {}).open();
    make_uplink(std::move(rules), {}, &*store_);
  }

  /// Whose replay would take for ever.
  static RuleOptions slow(const std::string& name, const std::string& topic,
                          const std::string& group) {
    auto options = rule(name, topic, group);
    options.replay.rate = 0.001;
    options.format = Format::Payload;
    return options;
  }
  static RuleOptions durable(const std::string& name = "meters", const std::string& topic = "m/+") {
    auto options = slow(name, topic, "g");
    options.store = StoreMode::Disk;
    return options;
  }
  static RuleOptions live() {
    auto options = slow("climate", "s/+", "g");
    options.offline.keep = Keep::OldestFirst;
    options.send = SendMode::Acknowledged;  // else a slow dashboard misses some
    return options;
  }

  void publish_some(const std::string& topic, int count, int first = 0) {
    for (int i = first; i < first + count; ++i) publish(topic, std::to_string(i));
    sent_ += static_cast<std::uint64_t>(count);
    ASSERT_TRUE(run_until(*loop_, [&] {
      return uplink_->counts().messages == sent_ && uplink_->counts().inbox_messages == 0;
    }));
  }

  /// The link is there, and the rule has used up its share of the replay.
  void connect_and_wait() {
    watch("g");
    connect();
    ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded > 0; }));
    ASSERT_TRUE(run_until(*loop_, [&] { return in_flight() == 0; }));
  }

  std::uint64_t in_flight() const { return uplink_->counts().unanswered.count; }

  DrainFigures begin(const std::string& of) {
    EXPECT_EQ(uplink_->begin_drain(of), Begun::Yes);
    return uplink_->look_at_drain(uplink_->drain_number());
  }

  DrainFigures until_over() {
    DrainFigures figures;
    EXPECT_TRUE(run_until(*loop_, [&] {
      figures = uplink_->look_at_drain(uplink_->drain_number());
      return figures.state != DrainState::Running;
    }));
    return figures;
  }

  std::vector<int> arrived() const {
    std::vector<int> numbers;
    for (const auto& payload : dashboard_.batches) numbers.push_back(std::stoi(payload));
    return numbers;
  }

  const support::TempFolder folder_{};
  std::optional<Store> store_{};
  std::uint64_t sent_ = 0;
};

TEST_F(UplinkDrain, SendsWhatIsOnDiskInOrderWithoutRegardToTheRate) {
  start({durable()});
  publish_some("m/a", kMany);
  connect_and_wait();
  const auto before = counts().forwarded;
  ASSERT_LT(before, 1'500U);
  const auto begun = begin("meters");
  EXPECT_EQ(begun.state, DrainState::Running);
  EXPECT_EQ(begun.waiting + begun.sent, kMany - before);
  const auto over = until_over();
  EXPECT_EQ(over.state, DrainState::Done);
  EXPECT_EQ(over.sent, kMany - before);
  EXPECT_EQ(over.waiting, 0U);
  EXPECT_EQ(counts().forwarded, static_cast<std::uint64_t>(kMany));
  EXPECT_EQ(counts().dropped_total(), 0U);
  EXPECT_TRUE(counts().adds_up());
  ASSERT_TRUE(run_until(*loop_, [&] { return arrived().size() == kMany; }));
  const auto numbers = arrived();
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(UplinkDrain, SendsWhatWaitsInMemory) {
  start({live()});
  publish_some("s/a", kMany);
  connect_and_wait();
  ASSERT_LT(counts().forwarded, 1'500U);
  const auto left = counts().pending;
  begin("climate");
  const auto over = until_over();
  EXPECT_EQ(over.state, DrainState::Done);
  EXPECT_EQ(over.sent, left);
  EXPECT_EQ(counts().forwarded, static_cast<std::uint64_t>(kMany));
  ASSERT_TRUE(run_until(*loop_, [&] { return arrived().size() == kMany; }));
  const auto numbers = arrived();
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(UplinkDrain, TheRateHoldsAgainForWhatWaitsLater) {
  start({durable()});
  publish_some("m/a", kMany);
  connect_and_wait();
  begin("meters");
  ASSERT_EQ(until_over().state, DrainState::Done);
  uplink_->on_link_down({webpubsub::Errc::Unavailable, "gone"});
  publish_some("m/a", kMany);
  uplink_->on_link_up();
  publish_some("m/b", 1);  // live, and ahead of what waits
  ASSERT_TRUE(run_until(*loop_, [&] { return counts().forwarded > kMany && in_flight() == 0; }));
  EXPECT_GT(counts().pending, kMany - 500U);
}

TEST_F(UplinkDrain, OthersKeepTheirRateAndTheirTurn) {
  constexpr int kDrained = 2 * kMany;
  constexpr int kOthers = 10'000;
  constexpr int kFresh = 20'000;
  start({durable(), durable("others", "o/+")});
  publish_some("m/a", kDrained);
  publish_some("o/a", kMany, kOthers);
  connect_and_wait();
  publish("o/b", std::to_string(kFresh));
  const auto others_sent = counts(1).forwarded;
  begin("meters");
  ASSERT_EQ(until_over().state, DrainState::Done);
  EXPECT_LE(counts(1).forwarded, others_sent + 1 + 1'000);
  ASSERT_TRUE(run_until(*loop_, [&] { return in_flight() == 0; }));
  EXPECT_GT(counts(1).pending, kMany - 1'000U);
  const auto has = [&](int number) {
    const auto numbers = arrived();
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  };
  ASSERT_TRUE(run_until(*loop_, [&] { return has(kFresh) && has(kDrained - 1); }));
  // What is fresh of others did not wait until all that is drained had left.
  const auto numbers = arrived();
  EXPECT_LT(std::find(numbers.begin(), numbers.end(), kFresh),
            std::find(numbers.begin(), numbers.end(), kDrained - 1));
}

TEST_F(UplinkDrain, EndsWhenNobodyLooksAnyMore) {
  start({durable()});
  publish_some("m/a", 10);
  const auto number = begin("meters").number;  // the link is down: nothing leaves
  const auto longer = QueueDrain::kUnseen + 500ms;
  const auto looked_until = webpubsub::steady_now() + longer;
  ASSERT_TRUE(run_until(*loop_, [&] {
    EXPECT_EQ(uplink_->look_at_drain(number).state, DrainState::Running);
    return webpubsub::steady_now() > looked_until;
  }));
  const auto unseen_until = webpubsub::steady_now() + longer;
  ASSERT_TRUE(run_until(*loop_, [&] { return webpubsub::steady_now() > unseen_until; }));
  const auto over = uplink_->look_at_drain(number);
  EXPECT_EQ(over.state, DrainState::Ended);
  EXPECT_EQ(over.waiting, 10U);
  EXPECT_EQ(counts().pending, 10U);
}

TEST_F(UplinkDrain, EndsOnRequestAndLeavesTheRestWhereItIs) {
  start({durable()});
  publish_some("m/a", 10);
  const auto begun = begin("meters");
  EXPECT_EQ(begun.waiting, 10U);
  const auto over = uplink_->end_drain(begun.number);
  EXPECT_EQ(over.state, DrainState::Ended);
  EXPECT_EQ(over.waiting, 10U);
  EXPECT_EQ(uplink_->look_at_drain(begun.number + 1).state, DrainState::Ended);
  EXPECT_EQ(uplink_->look_at_drain(0).state, DrainState::Ended);
}

TEST_F(UplinkDrain, OneAtATimeAndTheSameRuleBeginsAnew) {
  start({durable(), live()});
  publish_some("m/a", 10);
  publish_some("s/a", 5);
  const auto first = begin("meters");
  EXPECT_EQ(uplink_->begin_drain("climate"), Begun::Busy);
  publish_some("m/a", 2);
  EXPECT_EQ(uplink_->look_at_drain(first.number).waiting, 10U);
  const auto second = begin("meters");
  EXPECT_EQ(second.waiting, 12U);
  EXPECT_EQ(uplink_->look_at_drain(first.number).state, DrainState::Replaced);
  EXPECT_EQ(uplink_->end_drain(first.number).state, DrainState::Replaced);
  EXPECT_EQ(uplink_->look_at_drain(second.number).state, DrainState::Running);
}

TEST_F(UplinkDrain, WhatIsPurgedMeanwhileIsGoneButNotSent) {
  start({durable()});
  publish_some("m/a", 10);
  begin("meters");
  ASSERT_EQ(uplink_->purge("meters", [](std::uint64_t) {}), Uplink::PurgeBegun::Yes);
  const auto over = until_over();
  EXPECT_EQ(over.state, DrainState::Done);
  EXPECT_EQ(over.sent, 0U);
}

TEST_F(UplinkDrain, OfARuleThatIsGoneOnlyWhatIsInBatchesCanLeave) {
  start({durable(), rule("trace", "t/+", "g")});
  EXPECT_EQ(uplink_->begin_drain("nobody"), Begun::UnknownRule);
  publish_some("m/a", 5);
  publish_some("t/a", 7);
  const auto begun = begin("meters");
  uplink_->reload("edge-01", {live()}, {});
  EXPECT_EQ(uplink_->look_at_drain(begun.number).state, DrainState::Ended);
  EXPECT_EQ(uplink_->begin_drain("meters"), Begun::RemovedRule);
  EXPECT_EQ(begin("trace").waiting, 7U);
  watch("g");
  connect();
  const auto over = until_over();
  EXPECT_EQ(over.state, DrainState::Done);
  EXPECT_EQ(over.sent, 7U);
}

TEST_F(UplinkDrain, NothingWaitsAndItIsOver) {
  start({durable()});
  const auto over = begin("meters");
  EXPECT_EQ(over.state, DrainState::Done);
  EXPECT_EQ(over.sent, 0U);
}

}  // namespace
}  // namespace gateway
