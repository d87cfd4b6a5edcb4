// Last values, and how they are told to who asks.

#include "bridge/downlink/snapshot.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "bridge/downlink/kept_state.h"

namespace gateway {
namespace {

using webpubsub::Data;
using webpubsub::DataType;

constexpr std::int64_t kNow = 1'000'000;  // milliseconds since the Unix epoch

RuleOptions rule(std::string name) {
  const RuleTopics topics({TopicPattern::parse("sensors/{site}/{device}").value()});
  RuleOptions options{.name = std::move(name), .topics = topics};
  options.group = parse_group("site-{site}", options.topics).value();
  return options;
}

ForwardedReading reading(std::string_view topic, std::string_view payload, std::int64_t time,
                         std::string_view group = "site-a") {
  return {.rule = "climate", .group = group, .topic = topic, .payload = payload, .time = time};
}

TEST(LastValues, KeepTheLatestOfEachTopic) {
  LastValues values({}, {});
  values.on_forwarded(reading("sensors/a/1", "1", 100), kNow);
  values.on_forwarded(reading("sensors/a/2", "2", 100), kNow);
  values.on_forwarded(reading("sensors/a/1", "3", 200), kNow);
  values.on_forwarded(reading("sensors/a/1", "late", 150), kNow);
  std::vector<std::string> seen;
  values.each(0, [&](const LastValue& value) {
    seen.push_back(std::string(value.topic()) + "=" + value.payload);
    return true;
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"sensors/a/1=3", "sensors/a/2=2"}));
}

TEST(LastValues, ATimeToComeKeepsNothingOut) {
  LastValues values({}, {});
  values.restore({.key = "climate sensors/a/1", .payload = "of 2099", .time = 4'070'908'800'000});
  const auto latest = [&] {
    std::string payload;
    values.each(0, [&](const LastValue& value) {
      payload = value.payload;
      return true;
    });
    return payload;
  };
  values.on_forwarded(reading("sensors/a/1", "right", kNow - 10), kNow);
  EXPECT_EQ(latest(), "right");
  values.on_forwarded(reading("sensors/a/1", "ahead", kNow + 1000), kNow);
  values.on_forwarded(reading("sensors/a/1", "right again", kNow + 5), kNow + 10);
  values.on_forwarded(reading("sensors/a/1", "late", kNow), kNow + 20);
  EXPECT_EQ(latest(), "right again");
}

TEST(LastValues, AreBoundedAndTheSilentMakeRoom) {
  std::vector<std::string> forgotten;
  LastValues values({.max_topics = 2}, [&](const std::string& key) { forgotten.push_back(key); });
  values.on_forwarded(reading("sensors/a/1", "1", 100), kNow);
  values.on_forwarded(reading("sensors/a/2", "1", 100), kNow);
  values.on_forwarded(reading("sensors/a/1", "2", 101), kNow);
  values.on_forwarded(reading("sensors/a/3", "1", 100), kNow);
  EXPECT_EQ(forgotten, std::vector<std::string>{"climate sensors/a/2"});
  LastValues small({.max_bytes = 1000}, {});
  for (int i = 0; i < 1000; ++i) {
    small.on_forwarded(reading("sensors/a/" + std::to_string(i), std::string(100, 'x'), 1), kNow);
  }
  EXPECT_LE(small.bytes(), 1000U);
  EXPECT_GE(small.size(), 5U);
  small.on_forwarded(reading("sensors/a/huge", std::string(5000, 'x'), 1), kNow);
  EXPECT_LE(small.bytes(), 1000U);
  values.keep_rules({"other"});
  EXPECT_EQ(values.size(), 0U);
  EXPECT_EQ(values.bytes(), 0U);
}

TEST(LastValues, ReadAsTheyWereStored) {
  LastValue value{.key = "climate sensors/a/1", .group = "site a", .payload = R"({"t": 1})"};
  value.time = -5;
  LastValue again{.key = value.key};
  ASSERT_TRUE(read_stored(stored_text(value), again));
  EXPECT_EQ(again.group, value.group);
  EXPECT_EQ(again.payload, value.payload);
  EXPECT_EQ(again.time, -5);
  for (const auto* text : {"", "5", "5 ", "5 9 x", "x 1 y", "5 -1 y", "5 99999999999999999999 y"}) {
    EXPECT_FALSE(read_stored(text, again)) << text;
  }
}

class SnapshotTest : public testing::Test {
 protected:
  Snapshot snapshot(SnapshotOptions options = {}) {
    return Snapshot(std::move(options), {rule("climate")}, "edge-01", values_,
                    [this](Answer answer) { answers_.push_back(std::move(answer)); });
  }
  static Data json(std::string text) { return {DataType::Json, std::move(text)}; }
  static rapidjson::Document parsed(const Answer& answer) {
    rapidjson::Document document;
    document.Parse(answer.bytes.data(), answer.bytes.size());
    EXPECT_FALSE(document.HasParseError()) << answer.bytes.substr(0, 300);
    return document;
  }

  LastValues values_{{}, {}};
  std::vector<Answer> answers_{};
  webpubsub::TimePoint now_ = webpubsub::steady_now();
};

TEST_F(SnapshotTest, TellsWhoAskedHowThingsStand) {
  auto snapshot = this->snapshot();
  values_.on_forwarded(reading("sensors/a/d1", R"({"t": 21.50})", 1000), kNow);
  values_.on_forwarded(reading("sensors/a/d2", R"({"t": 22})", 2000), kNow);
  values_.on_forwarded(reading("sensors/b/d3", "7", 3000, "site-b"), kNow);
  ASSERT_TRUE(snapshot.take({.sender = "u", .asker = "c-1"},
                            json(R"({"type":"snapshot","id":"q"})"), now_));
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].to, (AnswerTarget{AnswerTarget::Kind::Event, "snapshot-reply"}));
  EXPECT_EQ(
      answers_[0].bytes,
      R"({"type":"snapshot","v":1,"snapshot":true,"gateway":"edge-01","id":"q","asker":"c-1",)"
      R"("part":1,"more":false,"batches":[{"rule":"climate","group":"site-a","samples":[)"
      R"({"topic":"sensors/a/d1","time":1000,"site":"a","device":"d1","data":{"t": 21.50}},)"
      R"({"topic":"sensors/a/d2","time":2000,"site":"a","device":"d2","data":{"t": 22}}]},)"
      R"({"rule":"climate","group":"site-b","samples":[)"
      R"({"topic":"sensors/b/d3","time":3000,"site":"b","device":"d3","data":7}]}]})");
  ASSERT_TRUE(
      snapshot.take({.sender = "u"}, json(R"({"type":"snapshot","groups":["site-b"]})"), now_));
  const auto only = parsed(answers_[1]);
  ASSERT_EQ(only["batches"].Size(), 1U);
  EXPECT_STREQ(only["batches"][0]["group"].GetString(), "site-b");
}

TEST_F(SnapshotTest, ComesInParts) {
  auto snapshot = this->snapshot();
  for (int i = 0; i < 100; ++i) {
    values_.on_forwarded(
        reading("sensors/a/d" + std::to_string(i), '"' + std::string(10'000, 'x') + '"', 1000),
        kNow);
  }
  ASSERT_TRUE(snapshot.take({.sender = "u"}, json(R"({"type":"snapshot"})"), now_));
  EXPECT_GE(answers_.size(), 4U);
  std::size_t samples = 0;
  for (const auto& answer : answers_) {
    EXPECT_LT(answer.bytes.size(), 400'000U);
    const auto part = parsed(answer);
    for (const auto& batch : part["batches"].GetArray()) samples += batch["samples"].Size();
    EXPECT_EQ(part["more"].GetBool(), &answer != &answers_.back());
  }
  EXPECT_EQ(samples, 100U);

  // Whoever waits for a result gets one part, and where to go on.
  answers_.clear();
  samples = 0;
  std::string after;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(snapshot.take({.sender = "page", .invocation = "i"},
                              json(R"({"type":"snapshot")" + after + "}"), now_));
    const auto part = parsed(answers_.back());
    for (const auto& batch : part["batches"].GetArray()) samples += batch["samples"].Size();
    if (!part.HasMember("next")) break;
    after = ",\"after\":" + std::to_string(part["next"].GetUint64());
  }
  EXPECT_EQ(samples, 100U);
  EXPECT_GE(answers_.size(), 4U);
}

TEST_F(SnapshotTest, AnswersAGroupOnlyOneOfTheAskers) {
  auto snapshot = this->snapshot({.group = "control"});
  const Origin asker{.group = "control", .sender = "u"};
  ASSERT_TRUE(
      snapshot.take(asker, json(R"({"type":"snapshot","reply_group":"snapshot-u1"})"), now_));
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].to, (AnswerTarget{AnswerTarget::Kind::Group, "snapshot-u1"}));
  for (const auto* group : {"", "site-a", "snapshot-"}) {
    ASSERT_TRUE(snapshot.take(
        asker, json(R"({"type":"snapshot","reply_group":")" + std::string(group) + "\"}"), now_));
  }
  EXPECT_EQ(answers_.size(), 1U);
  EXPECT_EQ(snapshot.counters().refused, 3U);
  EXPECT_FALSE(snapshot.take({.group = "other"}, json(R"({"type":"snapshot"})"), now_));
}

TEST_F(SnapshotTest, LeavesOtherMessagesAlone) {
  auto snapshot = this->snapshot();
  for (const auto* text : {R"({"type":"command"})", "[]", "7", "{", R"({"type":7})"}) {
    EXPECT_FALSE(snapshot.take({.sender = "u"}, json(text), now_)) << text;
  }
  EXPECT_FALSE(snapshot.take({}, {DataType::Text, R"({"type":"snapshot"})"}, now_));
  EXPECT_FALSE(this->snapshot({.enabled = false}).take({}, json(R"({"type":"snapshot"})"), now_));
}

TEST_F(SnapshotTest, IsNotGivenToOneWhoAsksTooOften) {
  auto snapshot = this->snapshot();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(snapshot.take({.sender = "u"}, json(R"({"type":"snapshot"})"), now_));
  }
  EXPECT_EQ(answers_.size(), 20U);
  EXPECT_EQ(snapshot.counters().refused, 80U);
  ASSERT_TRUE(snapshot.take({.sender = "v"}, json(R"({"type":"snapshot"})"), now_));
  EXPECT_EQ(answers_.size(), 21U);
}

}  // namespace
}  // namespace gateway
