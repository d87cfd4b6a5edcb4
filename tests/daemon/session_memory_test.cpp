#include "daemon/session_memory.h"

#include <gmock/gmock.h>

#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SessionMemoryTest : public testing::Test {
 protected:
  static MqttOptions at(const std::string& broker) {
    MqttOptions options;
    options.broker = broker;
    options.client_id = "gw";
    return options;
  }
  /// What the next process would be told.
  std::vector<std::string> recalled(const std::string& broker) {
    return SessionMemory(state_).recall(at(broker));
  }
  static std::vector<MqttSubscription> to(std::initializer_list<std::string> filters) {
    std::vector<MqttSubscription> wanted;
    for (const auto& filter : filters) wanted.push_back({.filter = filter});
    return wanted;
  }

  support::TempFolder folder_{};
  Database database_{folder_.file("store")};
  State state_{database_};
};

TEST_F(SessionMemoryTest, KnowsWhatWasAskedForUntilItIsSettled) {
  ASSERT_FALSE(database_.open());
  SessionMemory memory(state_);
  EXPECT_THAT(memory.recall(at("mqtt://a")), IsEmpty());
  memory.add(to({"x/#"}));
  memory.add(to({"y/#"}));
  EXPECT_THAT(recalled("mqtt://a"), ElementsAre("x/#", "y/#"));
  memory.set(to({"y/#"}));
  EXPECT_THAT(recalled("mqtt://a"), ElementsAre("y/#"));
  EXPECT_THAT(recalled("mqtt://b"), IsEmpty());
  memory.forget();
  EXPECT_THAT(recalled("mqtt://a"), IsEmpty());
}

TEST_F(SessionMemoryTest, FollowsTheLinkToAnotherBroker) {
  ASSERT_FALSE(database_.open());
  SessionMemory memory(state_);
  memory.recall(at("mqtt://a"));
  memory.add(to({"x/#"}));
  memory.follow(at("mqtt://b"));
  EXPECT_THAT(recalled("mqtt://b"), ElementsAre("x/#"));
  memory.set(to({"y/#"}));
  EXPECT_THAT(recalled("mqtt://b"), ElementsAre("y/#"));
}

TEST_F(SessionMemoryTest, AddsToWhatAStoreThatOpensLateHas) {
  ASSERT_FALSE(database_.open());
  SessionMemory before(state_);
  before.recall(at("mqtt://a"));
  before.set(to({"x/#"}));
  database_.close();
  SessionMemory memory(state_);
  EXPECT_THAT(memory.recall(at("mqtt://a")), IsEmpty());
  memory.set(to({"y/#"}));
  ASSERT_FALSE(database_.open());
  EXPECT_THAT(memory.recall(at("mqtt://a")), ElementsAre("x/#", "y/#"));
  EXPECT_THAT(recalled("mqtt://a"), ElementsAre("x/#", "y/#"));
}

}  // namespace
}  // namespace gateway
