// Rules that send events: what their batches carry for the answer.

#include <gmock/gmock.h>

#include "bridge/uplink/explain.h"
#include "bridge/uplink/intake.h"
#include "bridge/uplink/rule_line.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr webpubsub::TimePoint kNow{1000s};

RuleOptions asking() {
  const RuleTopics topics({*TopicPattern::parse("ask/{device}")});
  RuleOptions rule{.name = "ask", .topics = topics, .group = *parse_group("question", topics)};
  rule.event = "question";
  rule.reply.emplace();
  rule.reply->topic = *parse_reply_topic("answers/{device}/{/name}", topics);
  rule.batch.max_samples = 1;
  return rule;
}

std::vector<Batch> batches_of(const RuleOptions& rule, const Reading& reading) {
  BufferPool buffers;
  std::vector<Batch> closed;
  RuleLine line(0, rule, "edge-01", buffers);
  static_cast<void>(line.take(reading, kNow, closed));
  line.close_all(closed);
  return closed;
}

TEST(EventRule, EachReadingIsAnEventWithItsAddress) {
  const auto batches = batches_of(asking(), {.arrived = kNow,
                                             .topic = "ask/d1",
                                             .payload = "1",
                                             .response_topic = "own/d1",
                                             .correlation = "c1"});
  ASSERT_THAT(batches, SizeIs(1));
  const auto& batch = batches.front();
  EXPECT_TRUE(batch.is_event);
  EXPECT_EQ(batch.group, "question");
  EXPECT_TRUE(batch.acknowledged);
  ASSERT_TRUE(batch.reply);
  EXPECT_THAT(batch.reply->topic, ElementsAre("answers/d1/", ""));
  EXPECT_EQ(batch.reply->response_topic, "own/d1");
  EXPECT_EQ(batch.reply->correlation, "c1");
  EXPECT_FALSE(batch.reply->rule->asks_again);
}

TEST(EventRule, KeepsNothingOfAnAddressThatIsTooLong) {
  const std::string correlation(ReplyAddress::kMaxBytes, 'c');
  const auto batches = batches_of(
      asking(), {.arrived = kNow, .topic = "ask/d1", .payload = "1", .correlation = correlation});
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_TRUE(batches.front().reply->too_long);
  EXPECT_TRUE(batches.front().reply->correlation.empty());
}

TEST(EventRule, WithoutReplyNobodyWaitsForAnAnswer) {
  auto rule = asking();
  rule.reply.reset();
  const auto batches = batches_of(rule, {.arrived = kNow, .topic = "ask/d1", .payload = "1"});
  ASSERT_THAT(batches, SizeIs(1));
  EXPECT_TRUE(batches.front().is_event);
  EXPECT_FALSE(batches.front().reply);
  EXPECT_FALSE(batches.front().acknowledged);
}

TEST(EventRule, IsExplained) {
  const Reading reading{.arrived = kNow, .topic = "ask/d1", .payload = "1"};
  const auto asked = explain({asking()}, "edge-01", reading).front();
  EXPECT_THAT(asked.steps, testing::Contains(Pair("event", "question")));
  EXPECT_THAT(asked.steps, testing::Contains(Pair("reply", "to answers/d1/{/name}")));
  EXPECT_THAT(asked.steps.back().second, testing::HasSubstr(R"("type":"invoke")"));
  auto rule = asking();
  rule.reply.reset();
  const auto told = explain({rule}, "edge-01", reading).front();
  EXPECT_THAT(told.steps.back().second, testing::HasSubstr(R"("type":"event")"));
}

TEST(EventRule, IsExplainedWhenItsAnswerCannotGoAnywhere) {
  const std::string correlation(ReplyAddress::kMaxBytes, 'c');
  const Reading reading{
      .arrived = kNow, .topic = "ask/d1", .payload = "1", .correlation = correlation};
  const auto asked = explain({asking()}, "edge-01", reading).front();
  EXPECT_THAT(asked.steps, testing::Contains(Pair("reply", testing::HasSubstr("nowhere"))));
}

TEST(Intake, PassesOnWhereADeviceWantsToBeAnswered) {
  Intake intake(RouteTable({*TopicFilter::parse("a")}), 1, {}, [] {});
  intake.on_message({.topic = "a", .payload = "1"});
  intake.on_message(
      {.topic = "a", .payload = "2", .correlation_data = "c", .response_topic = "r/t"});
  std::vector<std::string> seen;
  intake.drain([&](const Reading& reading) {
    seen.push_back(std::string(reading.payload) + " " + std::string(reading.response_topic) + " " +
                   std::string(reading.correlation));
  });
  EXPECT_THAT(seen, ElementsAre("1  ", "2 r/t c"));
}

}  // namespace
}  // namespace gateway
