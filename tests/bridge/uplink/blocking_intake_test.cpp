// Two links: each brings its own rules' messages, and one of them can be told to pause.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "bridge/store/spool.h"
#include "bridge/uplink/intake.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using enum MqttLinkKind;

class BlockingIntakeTest : public testing::Test {
 protected:
  BlockingIntakeTest() {
    EXPECT_FALSE(database_.open());
    spool_.set_max_bytes(64 * 1024 * 1024);
    spool_.load(false, 0);
    queue_ = spool_.queue("blocking");
    queue_->set_limits({.max_messages = 2, .drop_oldest = false, .blocks = true});
    use(queue_);
  }
  /// Rule 0 is one of many, rule 1 blocks.
  void use(SpoolQueue* queue) {
    intake_.set_routes(routes(), 2, {nullptr, queue}, [](const Reading&) {}, {Common, Blocking});
  }
  static RouteTable routes() {
    return RouteTable({*TopicFilter::parse("a/#"), *TopicFilter::parse("a/b")});
  }
  std::vector<std::string> drain() {
    std::vector<std::string> all;
    intake_.drain([&](const Reading& reading) {
      all.push_back(std::to_string(reading.rule) + " " + std::string(reading.payload));
    });
    return all;
  }
  MqttTaken arrives(const std::string& topic, const std::string& payload, MqttLinkKind link) {
    return intake_.on_message({.topic = topic, .payload = payload, .qos = 1, .link = link});
  }

  support::TempFolder folder_;
  Database database_{folder_.file("store")};
  Spool spool_{database_};
  SpoolQueue* queue_ = nullptr;
  Intake intake_{routes(), 2, {}, [] {}};
};

TEST_F(BlockingIntakeTest, EachLinkBringsItsOwnRulesMessages) {
  EXPECT_EQ(arrives("a/b", "1", Common), MqttTaken::Yes);
  EXPECT_EQ(arrives("a/b", "1", Blocking), MqttTaken::Yes);
  EXPECT_THAT(drain(), ElementsAre("0 1"));
  EXPECT_EQ(queue_->counts().pending, 1U);
  EXPECT_EQ(intake_.unmatched(), 0U);
}

TEST_F(BlockingIntakeTest, WhatTheOtherLinksRulesWantIsUnmatched) {
  EXPECT_EQ(arrives("a/c", "1", Blocking), MqttTaken::Yes);
  EXPECT_EQ(intake_.unmatched(), 1U);
  EXPECT_THAT(drain(), ElementsAre());
}

TEST_F(BlockingIntakeTest, AFullQueueEndsItsOwnLinkOnly) {
  EXPECT_EQ(arrives("a/b", "1", Blocking), MqttTaken::Yes);
  EXPECT_EQ(arrives("a/b", "2", Blocking), MqttTaken::Last);
  EXPECT_EQ(arrives("a/b", "3", Blocking), MqttTaken::Last);
  EXPECT_EQ(arrives("a/b", "4", Common), MqttTaken::Yes);
  EXPECT_EQ(queue_->counts().pending, 3U);
  EXPECT_THAT(drain(), ElementsAre("0 4"));
}

TEST_F(BlockingIntakeTest, WhileTheDiskFailsMessagesGoToMemoryAndAreTheLast) {
  database_.close();
  EXPECT_EQ(arrives("a/b", "1", Blocking), MqttTaken::Last);
  EXPECT_THAT(drain(), ElementsAre("1 1"));
  EXPECT_EQ(intake_.counts()[1].received, 1U);
}

TEST_F(BlockingIntakeTest, WithoutAQueueAsWell) {
  use(nullptr);
  EXPECT_EQ(arrives("a/b", "1", Blocking), MqttTaken::Last);
  EXPECT_THAT(drain(), ElementsAre("1 1"));
}

TEST_F(BlockingIntakeTest, WhatIsFarBeyondTheLimitGoesToMemory) {
  const std::string large(600 * 1024, 'x');
  for (int i = 0; i < 5; ++i) static_cast<void>(arrives("a/b", large, Blocking));
  EXPECT_EQ(queue_->counts().pending, 4U) << "two, and a mebibyte more";
  EXPECT_THAT(drain(), ElementsAre("1 " + large));
}

TEST_F(BlockingIntakeTest, KeepsTheLinksWithOtherQueues) {
  intake_.set_queues({nullptr, nullptr});
  EXPECT_EQ(arrives("a/b", "1", Blocking), MqttTaken::Last);
  EXPECT_THAT(drain(), ElementsAre("1 1"));
}

}  // namespace
}  // namespace gateway
