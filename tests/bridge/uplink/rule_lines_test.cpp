#include "bridge/uplink/rule_lines.h"

#include <gmock/gmock.h>

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using webpubsub::TimePoint;

constexpr TimePoint kStart{1000s};

RuleOptions rule(const std::string& name, std::string_view topic = "t/{device}") {
  const RuleTopics topics({*TopicPattern::parse(topic)});
  return {.name = name, .topics = topics, .group = *parse_group("g", topics)};
}

Reading reading(std::uint32_t rule, std::string_view payload) {
  return {.rule = rule, .arrived = kStart, .topic = "t/d1", .payload = payload};
}

class Lines : public testing::Test {
 protected:
  std::vector<std::uint32_t> set(const std::vector<RuleOptions>& rules,
                                 const std::string& gateway_id = "edge-01") {
    freed.clear();
    auto numbers = lines.number(rules, counts(), freed);
    lines.replace(rules, numbers, gateway_id, closed);
    return numbers;
  }
  void take(std::uint32_t number, std::string_view payload = "1") {
    EXPECT_FALSE(lines.take(reading(number, payload), kStart, closed));
  }
  std::vector<RuleCounts> counts() const {
    auto all = lines.counts();
    for (auto& each : all) each.received = each.pending + each.dropped_total();
    return all;
  }

  BufferPool buffers{};
  RuleLines lines{buffers};
  std::vector<Batch> closed{};
  std::vector<std::uint32_t> freed{};
};

TEST_F(Lines, ARuleThatStaysTheSameKeepsItsOpenBatch) {
  set({rule("a"), rule("b")});
  take(0);
  const auto* const line = lines.line(0);
  EXPECT_THAT(set({rule("c"), rule("a")}), ElementsAre(2, 0));
  EXPECT_EQ(lines.line(0), line);
  EXPECT_EQ(lines.open_batches(), 1U);
  EXPECT_THAT(closed, IsEmpty());
}

TEST_F(Lines, AChangedRuleClosesItsBatchAndGoesOnCountingBatches) {
  set({rule("a")});
  take(0);
  auto changed = rule("a");
  changed.send = SendMode::Acknowledged;
  changed.no_echo = false;
  EXPECT_THAT(set({changed}), ElementsAre(0));
  ASSERT_THAT(closed, SizeIs(1));
  EXPECT_FALSE(closed[0].acknowledged) << "it leaves as it was meant to when it was opened";
  EXPECT_TRUE(closed[0].no_echo);
  take(0);
  lines.close_all(closed);
  ASSERT_THAT(closed, SizeIs(2));
  EXPECT_TRUE(closed[1].acknowledged);
  EXPECT_FALSE(closed[1].no_echo);
  EXPECT_THAT(closed[0].bytes, HasSubstr("\"seq\":1,"));
  EXPECT_THAT(closed[1].bytes, HasSubstr("\"seq\":2,"));
}

TEST_F(Lines, AChangedRuleGoesOnThinningWhereItLeftOff) {
  const auto filtered = [&] {
    return lines.counts()[0].filtered[static_cast<std::size_t>(FilterReason::Thin)];
  };
  auto changed = rule("a");
  changed.thin = {.deadband = {{.field = "t", .width = 1}}, .on_change = {"on"}};
  set({changed});
  take(0, R"({"t":20,"on":true})");
  changed.batch.max_samples = 7;
  set({changed});
  take(0, R"({"t":20.5,"on":true})");
  EXPECT_EQ(filtered(), 1U);
  changed.thin.deadband[0].width = 2;
  changed.thin.max_interval = 1h;
  set({changed});
  take(0, R"({"t":21.5,"on":true})");
  EXPECT_EQ(filtered(), 2U) << "what was sent last is known for the new width, too";

  changed.thin.on_change = {"off"};
  set({changed});
  take(0, R"({"t":20,"on":true})");
  EXPECT_EQ(filtered(), 2U) << "of other fields nothing is known";
  changed.thin.per = "device";
  set({changed});
  take(0, R"({"t":20,"on":true})");
  EXPECT_EQ(filtered(), 2U) << "nor of other keys";
}

TEST_F(Lines, AnotherGatewayIdIsAChangeOfEveryRule) {
  set({rule("a")});
  take(0);
  set({rule("a")}, "edge-02");
  EXPECT_THAT(closed, SizeIs(1));
}

TEST_F(Lines, OnlyRulesWithOpenBatchesHaveOnesThatAreDue) {
  set({rule("a"), rule("b"), rule("c")});
  EXPECT_EQ(lines.next_due(), webpubsub::TimePoint::max());
  take(1);
  take(1);
  EXPECT_EQ(lines.open_batches(), 1U);
  EXPECT_LT(lines.next_due(), webpubsub::TimePoint::max());
  lines.close_all(closed);
  EXPECT_THAT(closed, SizeIs(1));
  EXPECT_EQ(lines.open_batches(), 0U);
  EXPECT_EQ(lines.oldest(), webpubsub::TimePoint::max());
  take(2);
  set({rule("a"), rule("b")});  // with its batch open
  EXPECT_THAT(closed, SizeIs(2));
  EXPECT_EQ(lines.open_batches(), 0U);
  take(0);
  EXPECT_EQ(lines.open_batches(), 1U);
}

TEST_F(Lines, ARemovedRuleKeepsItsCountsAndItsNumber) {
  set({rule("a"), rule("b")});
  EXPECT_TRUE(lines.take(reading(0, "not json"), kStart, closed));
  take(0);
  lines.settled(0).forwarded = 7;
  set({rule("b")});
  EXPECT_EQ(lines.line(0), nullptr);
  EXPECT_THAT(closed, SizeIs(1));
  const auto after = lines.counts();
  ASSERT_THAT(after, SizeIs(2));
  EXPECT_TRUE(after[0].removed);
  EXPECT_EQ(after[0].rule, "a");
  EXPECT_EQ(after[0].forwarded, 7U);
  EXPECT_EQ(after[0].dropped_total(), 1U);

  // Back again it goes on, above the sequence numbers it had used.
  EXPECT_THAT(set({rule("b"), rule("a")}), ElementsAre(1, 0));
  EXPECT_FALSE(lines.counts()[0].removed);
  EXPECT_EQ(lines.counts()[0].dropped_total(), 1U);
  take(0);
  lines.close_all(closed);
  EXPECT_THAT(closed.back().bytes, HasSubstr("\"seq\":2,"));
}

TEST_F(Lines, ManyRemovedRulesAreAddedUpUnderOneName) {
  constexpr std::size_t kRules = 300;
  for (std::size_t i = 0; i < kRules; ++i) {
    const auto number = set({rule("r" + std::to_string(i))})[0];
    EXPECT_TRUE(lines.take(reading(number, "not json"), kStart, closed));
  }
  EXPECT_LE(lines.size(), RuleLines::kMaxRemoved + 1);
  std::uint64_t dropped = lines.removed().dropped_total();
  EXPECT_EQ(lines.removed().received, kRules - lines.size());
  for (const auto& each : lines.counts()) dropped += each.dropped_total();
  EXPECT_EQ(dropped, kRules);
}

TEST_F(Lines, ARemovedRuleWithReadingsUnderWayIsNotAddedUp) {
  set({rule("slow")});
  auto waiting = counts();
  for (std::size_t i = 0; i <= RuleLines::kMaxRemoved + 1; ++i) {
    const std::vector<RuleOptions> rules{rule("r" + std::to_string(i))};
    waiting = counts();
    waiting[0].pending = 1;  // in an outbox
    freed.clear();
    lines.replace(rules, lines.number(rules, waiting, freed), "edge-01", closed);
  }
  EXPECT_EQ(lines.name(0), "slow");
}

}  // namespace
}  // namespace gateway
