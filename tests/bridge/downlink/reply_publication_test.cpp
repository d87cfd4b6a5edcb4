// Where the server's answer to a reading may go: it is believed no more than a command is.

#include <gmock/gmock.h>

#include "bridge/downlink/event_replies.h"

namespace gateway {
namespace {

using webpubsub::Data;
using webpubsub::DataType;

const RuleTopics kTopics({*TopicPattern::parse("ask/{device}/{rest...}")});

Data json(std::string text) { return {DataType::Json, std::move(text)}; }

EventReplyOptions to(std::string_view topic, std::vector<std::string_view> allow = {}) {
  EventReplyOptions options;
  options.topic = *parse_reply_topic(topic, kTopics);
  for (const auto each : allow) options.allow.push_back(*TopicFilter::parse(each));
  return options;
}

ReplyAddress address(EventReplyOptions options, std::vector<std::string> pieces) {
  return {.rule = std::make_shared<const ReplyRule>(
              ReplyRule{.name = "ask", .topics = kTopics, .options = std::move(options)}),
          .topic = std::move(pieces)};
}

std::string topic_of(const ReplyAddress& address, const Data& answer = json("1")) {
  const auto made = publication_of(address, answer);
  return made.publication ? made.publication->topic : "-";
}

TEST(ReplyPublication, TakesWhatTheRuleSays) {
  auto options = to("answers/{device}");
  options.qos = 2;
  options.retain = true;
  options.expiry = std::chrono::seconds(7);
  auto place = address(options, {"answers/d1"});
  place.correlation = "c1";
  const auto made = publication_of(place, {DataType::Binary, std::string("\0\xFF", 2)});
  ASSERT_TRUE(made.publication);
  EXPECT_EQ(made.publication->topic, "answers/d1");
  EXPECT_EQ(made.publication->payload, std::string("\0\xFF", 2));
  EXPECT_EQ(made.publication->qos, 2);
  EXPECT_TRUE(made.publication->retain);
  EXPECT_EQ(made.publication->expiry, std::chrono::seconds(7));
  EXPECT_EQ(made.publication->correlation_data, "c1");
}

TEST(ReplyPublication, FieldsOfTheAnswerAreCheckedOneByOne) {
  const auto place = address(to("a/{/to}/{/n}", {"a/+/+"}), {"a/", "/", ""});
  EXPECT_EQ(topic_of(place, json(R"({"to":"d1","n":7})")), "a/d1/7");
  for (const auto* bad : {R"({"to":"x/y","n":7})", R"({"to":"#","n":7})", R"({"to":"+","n":7})",
                          R"({"to":"","n":7})", R"({"to":"a\u0000","n":7})", R"({"to":{},"n":7})",
                          R"({"to":null,"n":7})", R"({"to":"d1"})", "[1]", "{"}) {
    EXPECT_EQ(topic_of(place, json(bad)), "-") << bad;
  }
  EXPECT_EQ(topic_of(place, {DataType::Text, R"({"to":"d1","n":7})"}), "-");
}

TEST(ReplyPublication, StaysWithinAllow) {
  EXPECT_EQ(topic_of(address(to("a/{/to}", {"a/d1"}), {"a/", ""}), json(R"({"to":"d2"})")), "-");
  EXPECT_EQ(topic_of(address(to("a/{device}", {"b/#"}), {"a/d1"})), "-");
  EXPECT_EQ(topic_of(address(to("{device}/x"), {"$SYS/x"})), "-");
}

TEST(ReplyPublication, ADevicesOwnTopicNeedsToBeAllowed) {
  auto place = address(to("a/{device}", {"own/+", "a/+", "$SYS/#"}), {"a/d1"});
  place.response_topic = "own/d1";
  EXPECT_EQ(topic_of(place), "own/d1");
  place.response_topic = "others/d1";
  EXPECT_EQ(topic_of(place), "a/d1");
  place.response_topic = "$SYS/x";
  EXPECT_EQ(topic_of(place), "-");
  place.response_topic = "own/+";  // no topic at all
  EXPECT_EQ(topic_of(place), "-");
  auto without = address({}, {""});
  without.response_topic = "own/d1";
  EXPECT_EQ(topic_of(without), "-");
}

TEST(ReplyPublication, NoAnswerIsAQuestionAgain) {
  EXPECT_EQ(topic_of(address(to("ask/{device}/answer"), {"ask/d1/answer"})), "-");
}

TEST(ReplyPublication, APointerTakesPartOfTheAnswer) {
  auto options = to("a");
  options.payload = "/result";
  const auto made = publication_of(address(options, {"a"}), json(R"({"result":{"a":1.50}})"));
  ASSERT_TRUE(made.publication);
  EXPECT_EQ(made.publication->payload, R"({"a":1.50})");
  EXPECT_FALSE(publication_of(address(options, {"a"}), json(R"({"other":1})")).publication);
}

TEST(ReplyTopic, IsCheckedWhenItIsConfigured) {
  EXPECT_FALSE(parse_reply_topic("", kTopics));
  EXPECT_FALSE(parse_reply_topic("$SYS/{device}", kTopics));
  EXPECT_FALSE(parse_reply_topic("a/+/b", kTopics));
  EXPECT_FALSE(parse_reply_topic("a/{unknown}", kTopics));
  EXPECT_TRUE(parse_reply_topic("a/{device}/{gateway.id}/{/field}", kTopics));
}

}  // namespace
}  // namespace gateway
