// What devices reply, and how commands end that wait for it, through a real mosquitto.

#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "bridge/downlink/downlink.h"
#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::Mosquitto;
using webpubsub::Data;
using webpubsub::DataType;
using webpubsub::Offer;

CommandOptions with_reply() {
  CommandOptions options{.name = "set",
                         .topic = parse_command_topic("devices/{/device}/set").value(),
                         .payload = "/args",
                         .allow = {TopicFilter::parse("devices/+/set").value()},
                         .id = "/id"};
  options.reply = ReplyOptions{.topic = parse_command_topic("replies/{/device}/{/id}").value(),
                               .timeout = 60s,
                               .to = {.kind = AnswerTarget::Kind::Event, .name = "done"}};
  return options;
}

Data command(const std::string& id, const std::string& more = {}) {
  return {DataType::Json, R"({"device":"d1","args":{"v":1},"id":")" + id + "\"" + more + "}"};
}
const Origin kServer{.sender = "server"};

/// A device that speaks MQTT 5, or does not.
class RepliesTest : public EngineTest {
 protected:
  struct Side {
    Side(RepliesTest& test, std::vector<CommandOptions> commands, DownlinkOptions options = {})
        : replies(*test.loop_, received, [this](MqttReply reply) { downlink->on_reply(reply); }) {
      auto made = make_paho_engine(*test.loop_, options_for(test.broker_.url(), "gateway"),
                                   {{"replies/#", 1}}, replies, link, test.log_);
      engine = std::move(made).value();
      downlink =
          std::make_unique<Downlink>(*test.loop_, commands, "edge-01", *engine, test.log_, options);
      replies.set_filters(downlink->reply_filters());
      downlink->set_link([this](const Answer& answer, const webpubsub::Completion& done) {
        answers.push_back(answer);
        done({});
        return Offer::Accepted;
      });
      engine->start();
      EXPECT_TRUE(test.run_until([&] { return engine->is_connected(); }));
    }
    std::uint64_t of(Outcome outcome) const { return downlink->counters().total.of(outcome); }
    MessageRecorder received{};
    LinkRecorder link{};
    std::vector<Answer> answers{};
    ReplyIntake replies;
    std::unique_ptr<MqttEngine> engine{};
    std::unique_ptr<Downlink> downlink{};
  };

  static void expect_sums(const Side& side) {
    const auto counters = side.downlink->counters();
    const auto& total = counters.total;
    EXPECT_EQ(std::accumulate(total.by_outcome.begin(), total.by_outcome.end(), total.pending),
              counters.received);
  }

  Mosquitto broker_{};
};

TEST_F(RepliesTest, AReplyEndsItsCommand) {
  Side side(*this, {with_reply()});
  auto device = peer(broker_.url(), "device", {{"devices/#", 1}});
  ASSERT_TRUE(device.connect());
  side.downlink->on_message(kServer, command("7"));
  ASSERT_TRUE(device.received_at_least(1));
  EXPECT_EQ(side.downlink->counters().total.pending, 1U);
  ASSERT_TRUE(device.publish({.topic = "replies/d1/7", .payload = R"({"ok":true})", .qos = 1}));
  ASSERT_TRUE(run_until([&] { return !side.answers.empty(); }));
  EXPECT_EQ(side.of(Outcome::Replied), 1U);
  EXPECT_EQ(side.answers[0].to.name, "done");
  EXPECT_NE(side.answers[0].bytes.find(R"("id":"7","outcome":"replied")"), std::string::npos);
  EXPECT_NE(side.answers[0].bytes.find(R"("data":{"ok":true})"), std::string::npos);
  // The same reply once more belongs to nobody.
  ASSERT_TRUE(device.publish({.topic = "replies/d1/7", .payload = "late", .qos = 1}));
  ASSERT_TRUE(run_until([&] { return side.downlink->counters().late_replies == 1; }));
  EXPECT_EQ(side.answers.size(), 1U);
  EXPECT_EQ(side.received.count(), 2U) << "replies are readings as well";
  expect_sums(side);
}

TEST_F(RepliesTest, NothingOfAReplyIsBeyondTheLimit) {
  std::vector<MqttReply> taken;
  MessageRecorder next;
  ReplyIntake replies(*loop_, next, [&](MqttReply reply) { taken.push_back(std::move(reply)); });
  replies.set_filters({TopicFilter::parse("replies/#").value()});
  const std::string long_one(64 * 1024, 'c');
  const std::string large(1024 * 1024, 'p');
  EXPECT_EQ(replies.on_message({.topic = "replies/d1", .correlation_data = long_one}),
            MqttTaken::Yes);
  for (int i = 0; i < 15; ++i) replies.on_message({.topic = "replies/d1", .payload = large});
  // What is left would do for all of these but for their correlation data.
  const std::string own(60, 'c');
  const std::string half(1024 * 1024 - 100'000, 'p');
  replies.on_message({.topic = "replies/d1", .payload = half});
  EXPECT_EQ(replies.refused(), 0U);
  for (int i = 0; i < 3000; ++i) {
    replies.on_message({.topic = "replies/d1", .correlation_data = own});
  }
  EXPECT_GT(replies.refused(), 1000U);
  ASSERT_TRUE(run_until([&] { return !taken.empty(); }));
  EXPECT_GT(taken[0].correlation.size(), webpubsub::random_id().size())
      << "it is still none of ours";
  EXPECT_LT(taken[0].correlation.size(), 1000U);
  // All of it was given back.
  const auto refused = replies.refused();
  for (int i = 0; i < 15; ++i) replies.on_message({.topic = "replies/d1", .payload = large});
  EXPECT_EQ(replies.refused(), refused);
}

TEST_F(RepliesTest, ALateReplyIsNotTheNextOnes) {
  auto options = with_reply();
  options.reply->topic = parse_command_topic("replies/{/device}").value();
  options.reply->timeout = 100ms;
  Side side(*this, {options});
  auto device = peer(broker_.url(), "device", {{"devices/#", 1}});
  ASSERT_TRUE(device.connect());
  side.downlink->on_message(kServer, command("1"));
  ASSERT_TRUE(run_until([&] { return side.of(Outcome::TimedOut) == 1; }));
  options.reply->timeout = 60s;
  side.downlink->reload({options}, "edge-01");
  side.downlink->on_message(kServer, command("2"));
  ASSERT_TRUE(device.received_at_least(2));
  ASSERT_TRUE(device.publish({.topic = "replies/d1", .payload = "of the first", .qos = 1}));
  ASSERT_TRUE(run_until([&] { return side.downlink->counters().late_replies == 1; }));
  EXPECT_EQ(side.downlink->counters().total.pending, 1U);
  side.downlink->give_up();
  EXPECT_EQ(side.downlink->counters().total.of(Reason::Stopped), 1U);
  expect_sums(side);
}

TEST_F(RepliesTest, EveryOutcomeIsOneOfSeven) {
  auto plain = with_reply();
  plain.name = "plain";
  plain.when = {{.pointer = "/plain"}};
  plain.reply = ReplyOptions{.to = {.kind = AnswerTarget::Kind::Group, .name = "ops"}};
  plain.deadline.at = "/deadline";
  auto fast = with_reply();
  fast.reply->timeout = 100ms;
  Side side(*this, {plain, fast});
  side.downlink->on_message(kServer, command("1", R"(,"plain":1,"deadline":99999999999)"));
  side.downlink->on_message(kServer, command("2", R"(,"plain":1,"deadline":1)"));
  side.downlink->on_message(kServer, command("3"));
  side.downlink->on_message(kServer, command("3"));
  side.downlink->on_message(kServer, command("+/#", R"(,"plain":2)"));
  ASSERT_TRUE(run_until([&] { return side.downlink->counters().total.pending == 0; }));
  EXPECT_EQ(side.of(Outcome::Delivered), 1U);
  EXPECT_EQ(side.of(Outcome::Expired), 2U) << "the last one has no deadline";
  EXPECT_EQ(side.of(Outcome::TimedOut), 1U);
  EXPECT_EQ(side.of(Outcome::Duplicate), 1U);
  std::map<std::string, int> told;
  for (const auto& answer : side.answers) ++told[answer.to.name];
  EXPECT_EQ(told, (std::map<std::string, int>{{"done", 2}, {"ops", 3}}));
  expect_sums(side);
}

TEST_F(RepliesTest, WhoWaitsForTheResultGetsItWhateverTheRuleSays) {
  auto options = with_reply();
  options.reply.reset();
  Side side(*this, {options});
  side.downlink->on_message({.sender = "ops", .invocation = "i-1"}, command("1"));
  ASSERT_TRUE(run_until([&] { return side.answers.size() == 1; }));
  EXPECT_EQ(side.answers[0].to.name, "command-reply");
  EXPECT_NE(side.answers[0].bytes.find(R"("invocation":"i-1")"), std::string::npos);
  side.downlink->on_message({.sender = "ops", .invocation = "i-2"}, {DataType::Json, "{"});
  ASSERT_EQ(side.answers.size(), 2U);
  EXPECT_NE(side.answers[1].bytes.find(R"("reason":"malformed")"), std::string::npos);
  side.downlink->on_message(kServer, command("2"));
  ASSERT_TRUE(run_until([&] { return side.of(Outcome::Delivered) == 2; }));
  EXPECT_EQ(side.answers.size(), 2U) << "nobody asked";
}

TEST_F(RepliesTest, LimitsHoldForRulesAndSenders) {
  auto options = with_reply();
  options.id.clear();
  options.reply.reset();
  options.rate_limit = 3;
  options.sender_rate_limit = 2;
  options.max_size = 100;
  Side side(*this, {options});
  for (int i = 0; i < 3; ++i) side.downlink->on_message({.sender = "a"}, command("1"));
  side.downlink->on_message({.sender = "b"}, command("1"));
  side.downlink->on_message({.sender = "b"}, command("1"));
  side.downlink->on_message({.sender = "c"}, command(std::string(100, 'x')));
  const auto counters = side.downlink->counters();
  EXPECT_EQ(counters.total.of(Reason::RateLimited), 2U);
  EXPECT_EQ(counters.total.of(Reason::TooLarge), 1U);
  ASSERT_TRUE(run_until([&] { return side.of(Outcome::Delivered) == 3; }));
  expect_sums(side);
}

TEST_F(RepliesTest, ADryRunPublishesNothing) {
  auto options = with_reply();
  options.dry_run = true;
  Side side(*this, {options});
  auto device = peer(broker_.url(), "device", {{"#", 1}});
  ASSERT_TRUE(device.connect());
  side.downlink->on_message(kServer, command("1"));
  EXPECT_EQ(side.downlink->counters().total.of(Reason::DryRun), 1U);
  ASSERT_TRUE(device.publish({.topic = "fence", .payload = "", .qos = 1}));
  ASSERT_TRUE(device.received_at_least(1));
  EXPECT_EQ(device.received.messages().front().topic, "fence");
}

TEST_F(RepliesTest, WhatWasNeverSentMayBeTriedAgain) {
  Side side(*this, {with_reply()});
  broker_.stop();
  ASSERT_TRUE(run_until([&] { return !side.engine->is_connected(); }));
  side.downlink->on_message(kServer, command("1"));
  side.downlink->on_message(kServer, command("1"));
  EXPECT_EQ(side.downlink->counters().total.of(Reason::Offline), 2U);
  EXPECT_EQ(side.of(Outcome::Duplicate), 0U);
  expect_sums(side);
}

}  // namespace
}  // namespace gateway
