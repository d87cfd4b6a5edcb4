// A broker that answers pings and nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"
#include "tests/bridge/mqtt/scripted_broker.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SilentBroker : public EngineTest {
 protected:
  Peer peer_of(const std::string& url, std::vector<MqttSubscription> subscriptions = {}) {
    auto options = options_for(url, "gateway");
    options.version = MqttVersion::V311;
    options.keep_alive = 1s;
    options.connect_timeout = 3s;
    options.publication_timeout = 2s;
    return {*loop_, log_, std::move(options), std::move(subscriptions)};
  }
};

TEST_F(SilentBroker, IsProbedAndGivenUp) {
  ScriptedBroker broker(true);
  auto gateway = peer_of(broker.url());
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(run_until([&] { return broker.requests() >= 2; }));
  EXPECT_TRUE(gateway.link.disconnects.empty()) << "it answers";
  broker.fall_silent();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  const auto& why = gateway.link.disconnects[0];
  EXPECT_EQ(why.code, webpubsub::Errc::Timeout);
  EXPECT_THAT(why.message, HasSubstr("keeps the connection open and has said nothing for"));
  broker.speak();
  EXPECT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
}

TEST_F(SilentBroker, IsGivenUpWhenItTakesNoPublicationWhateverElseItSays) {
  ScriptedBroker broker(false);
  auto gateway = peer_of(broker.url(), {{"t", 1}});
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.received_at_least(1));
  std::optional<webpubsub::Result<void>> outcome;
  const auto done = [&](webpubsub::Result<void> result) { outcome = std::move(result); };
  ASSERT_EQ(gateway.engine->publish({"command", "x", 1}, done), webpubsub::Offer::Accepted);
  EXPECT_EQ(gateway.engine->unanswered().count, 1U);
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  EXPECT_THAT(gateway.link.disconnects[0].message,
              HasSubstr("has answered none of our publications for"));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(*outcome);
  EXPECT_EQ(gateway.engine->unanswered().count, 0U);
  EXPECT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
}

// Both versions of MQTT, on a real broker that has nothing to say.
TEST_F(SilentBroker, IsNoneThatAnswersProbes) {
  support::Mosquitto broker;
  for (const auto version : {MqttVersion::V311, MqttVersion::V5}) {
    auto options = options_for(broker.url(), "gateway");
    options.version = version;
    options.keep_alive = 1s;
    options.connect_timeout = 5s;
    Peer gateway(*loop_, log_, std::move(options), {});
    ASSERT_TRUE(gateway.connect());
    const auto heard = gateway.engine->last_heard();
    ASSERT_TRUE(run_until([&] { return gateway.engine->last_heard() > heard; }));
    EXPECT_TRUE(gateway.link.disconnects.empty());
  }
}

TEST_F(SilentBroker, IsHeardWithEachMessageAndAnswer) {
  support::Mosquitto broker;
  auto gateway = peer(broker.url(), "gateway", {{"t", 1}});
  ASSERT_TRUE(gateway.connect());
  auto heard = gateway.engine->last_heard();
  ASSERT_TRUE(gateway.publish({"elsewhere", "x", 1}));
  EXPECT_GT(gateway.engine->last_heard(), heard) << "an acknowledgement";
  auto device = peer(broker.url(), "device");
  ASSERT_TRUE(device.connect());
  heard = webpubsub::steady_now();
  ASSERT_TRUE(device.publish({"t", "x", 0}));
  ASSERT_TRUE(gateway.received_at_least(1));
  EXPECT_GT(gateway.engine->last_heard(), heard) << "a message";
}

}  // namespace
}  // namespace gateway
