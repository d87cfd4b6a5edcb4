// An operator who watches a rule hears of each of its readings what became of it.

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
using Outcome = TraceEntry::Outcome;

class UplinkTrace : public UplinkFlow {
 protected:
  void TearDown() override { uplink_.reset(); }

  void start(std::vector<RuleOptions> rules) {
    store_.emplace(StoreOptions{.directory = folder_.file("data")}, [] {}).open();
    make_uplink(std::move(rules), {}, &*store_);
  }

  static RuleOptions climate() { return rule("climate", "s/{device}", "g-{device}"); }

  void begin(const std::string& of) {
    ASSERT_TRUE(uplink_->begin_trace(
        of, [](std::string_view payload) { return "<" + std::string(payload) + ">"; }));
    after_ = uplink_->trace().last();
  }

  void publish_one(const std::string& topic, const std::string& payload) {
    publish(topic, payload);
    ++sent_;
    until_taken();
  }
  void until_taken() {
    ASSERT_TRUE(run_until(*loop_, [&] {
      return uplink_->counts().messages == sent_ && uplink_->counts().inbox_messages == 0;
    }));
  }

  static std::string words(const TraceEntry& entry) {
    constexpr std::array kNames{"batched", "windowed", "waits", "filtered", "dropped"};
    return entry.topic + " " + entry.payload + " " +
           kNames[static_cast<std::size_t>(entry.outcome)] + " " + entry.detail + " " +
           std::to_string(entry.readings);
  }

  /// Since the last call.
  std::vector<std::string> told() {
    const auto part = uplink_->trace().after(after_, 1'000);
    EXPECT_EQ(part.missed, 0U);
    after_ = part.last;
    std::vector<std::string> all;
    for (const auto* entry : part.entries) all.push_back(words(*entry));
    return all;
  }

  const support::TempFolder folder_{};
  std::optional<Store> store_{};
  std::uint64_t sent_ = 0;
  std::uint64_t after_ = 0;
};

TEST_F(UplinkTrace, TellsEachReadingOfItsRuleAndNoOther) {
  start({climate(), rule("others", "o/+", "o")});
  publish_one("s/before", "1");
  EXPECT_FALSE(uplink_->begin_trace("nobody", nullptr));
  begin("climate");
  publish_one("s/a", "1");
  publish_one("o/a", "2");
  publish_one("s/b", "{");
  EXPECT_THAT(told(), ElementsAre("s/a <1> batched g-a 1", "s/b <{> dropped malformed 1"));
  uplink_->end_trace();
  publish_one("s/a", "3");
  EXPECT_FALSE(uplink_->trace().has_after(after_));
  begin("others");
  publish_one("s/a", "4");
  publish_one("o/a", "5");
  EXPECT_THAT(told(), ElementsAre("o/a <5> batched o 1"));
}

TEST_F(UplinkTrace, TellsWhatIsFilteredAndWhy) {
  auto options = climate();
  options.where = *Expression::parse("t > 20", {options.topics.variables(), nullptr});
  start({options});
  begin("climate");
  publish_one("s/a", R"({"t":10})");
  publish_one("s/a", R"({"t":30})");
  EXPECT_THAT(told(),
              ElementsAre(R"(s/a <{"t":10}> filtered where 1)", R"(s/a <{"t":30}> batched g-a 1)"));
}

TEST_F(UplinkTrace, ReadingsOfOneMessageThatGoTheSameWayAreOneEntry) {
  auto options = climate();
  options.payload = PayloadType::Senml;
  start({options});
  begin("climate");
  publish_one("s/a", R"([{"n":"t","v":1},{"n":"u","v":2},{"n":"w","v":3}])");
  EXPECT_THAT(told(), ElementsAre(testing::EndsWith("batched g-a 3")));
}

TEST_F(UplinkTrace, AWindowsReadingsAreToldAndThenItsResult) {
  const std::vector<WindowField> mean{{"t", {{WindowFunction::Kind::Mean}}, true}};
  auto by_count = climate();
  by_count.window = {.count = 2, .compute = mean};
  auto by_time = rule("slow", "w/+", "w");
  by_time.window = {.every = 100ms, .compute = mean};
  start({by_count, by_time});
  begin("climate");
  publish_one("s/a", R"({"t":10})");
  publish_one("s/a", R"({"t":20})");
  const auto all = told();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], R"(s/a <{"t":10}> windowed  1)");
  EXPECT_THAT(all[1], testing::EndsWith("batched g-a 2"));
  EXPECT_EQ(all[2], R"(s/a <{"t":20}> windowed  1)");
  begin("slow");
  publish_one("w/a", R"({"t":1})");
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->trace().has_after(after_ + 1); }));
  EXPECT_THAT(told(),
              ElementsAre(R"(w/a <{"t":1}> windowed  1)", testing::EndsWith("batched w 1")));
}

TEST_F(UplinkTrace, WhatWaitsInMemoryIsToldAndThenWhatBecomesOfIt) {
  auto options = climate();
  options.offline.keep = Keep::OldestFirst;
  auto none = rule("none", "n/+", "n");
  none.offline.keep = Keep::None;
  start({options, none});
  begin("none");
  publish_one("n/a", "0");
  EXPECT_THAT(told(), ElementsAre("n/a <0> dropped offline 1"));
  begin("climate");
  publish_one("s/a", "1");
  EXPECT_THAT(told(), ElementsAre("s/a <1> waits  1"));
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->trace().has_after(after_); }));
  EXPECT_THAT(told(), ElementsAre("s/a <1> batched g-a 1"));
}

TEST_F(UplinkTrace, DurableReadingsAreToldWhenTheyComeFromDisk) {
  auto options = climate();
  options.store = StoreMode::Disk;
  start({options});
  begin("climate");
  publish_one("s/a", "1");
  EXPECT_THAT(told(), IsEmpty());
  connect();
  ASSERT_TRUE(run_until(*loop_, [&] { return uplink_->trace().has_after(after_); }));
  EXPECT_THAT(told(), ElementsAre("s/a <1> batched g-a 1"));
}

TEST_F(UplinkTrace, WhoKeepsLastValuesHearsOfThemAllTheSame) {
  class Keeper final : public ForwardWatcher {
   public:
    void on_seen(std::string_view, webpubsub::TimePoint) override {}
    void on_forwarded(const ForwardedReading& reading) override {
      kept.emplace_back(reading.payload);
    }
    std::vector<std::string> kept{};
  } keeper;
  auto options = climate();
  options.snapshot = true;
  start({options});
  uplink_->set_forward_watcher(keeper);
  publish_one("s/a", "1");
  begin("climate");
  publish_one("s/a", "2");
  uplink_->end_trace();
  publish_one("s/a", "3");
  EXPECT_THAT(keeper.kept, ElementsAre("1", "2", "3"));
}

TEST_F(UplinkTrace, WhatItsRuleNeverSawIsToldAsACount) {
  start({climate()});
  begin("climate");
  publish("s/a", std::string(1'100'000, '1'));
  const auto unseen = uplink_->unseen_since_trace();
  EXPECT_EQ(unseen[static_cast<std::size_t>(DropReason::TooLarge)], 1U);
  EXPECT_EQ(unseen[static_cast<std::size_t>(DropReason::InboxFull)], 0U);
}

TEST_F(UplinkTrace, AFloodIsCountedAndTheBooksAreRight) {
  start({climate()});
  begin("climate");
  const auto topic = "s/" + std::string(300, 'a');
  for (; sent_ < 2'500; ++sent_) publish(topic, std::to_string(sent_));
  until_taken();
  auto part = uplink_->trace().after(after_, 400);
  ASSERT_EQ(part.entries.size(), 400U);
  EXPECT_EQ(part.missed, 0U);
  EXPECT_EQ(part.entries.front()->payload, "<0>");
  EXPECT_EQ(part.entries.front()->topic.size(), ReadingTrace::kMostTopic);
  part = uplink_->trace().after(part.last, 1'000);
  EXPECT_EQ(part.entries.size(), 600U);
  EXPECT_EQ(part.missed, 1'500U);
  publish_one("s/a", "2500");
  part = uplink_->trace().after(part.last, 1'000);
  ASSERT_EQ(part.entries.size(), 1U);
  EXPECT_EQ(part.missed, 0U);
  EXPECT_EQ(part.entries.front()->payload, "<2500>");
  EXPECT_TRUE(counts().adds_up());
}

}  // namespace
}  // namespace gateway
