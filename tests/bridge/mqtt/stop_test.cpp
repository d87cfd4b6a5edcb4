// A stop while messages keep coming: what the library told the broker that we have, we have.

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"
#include "tests/bridge/mqtt/scripted_broker.h"

namespace gateway {
namespace {

using webpubsub::Offer;

class Stops : public EngineTest, public testing::WithParamInterface<bool> {
 protected:
  Peer connected_peer(const ScriptedBroker& broker) {
    auto options = options_for(broker.url(), "gateway");
    options.version = MqttVersion::V311;
    return {*loop_, log_, std::move(options), {{"t", 1}}};
  }

  void stop(Peer& peer) {
    bool stopped = false;
    peer.engine->stop([&](const webpubsub::Result<void>&) { stopped = true; });
    ASSERT_TRUE(run_until([&] { return stopped; }));
    peer.engine.reset();
  }
};

// Whether the broker answers our last publication, or leaves it open.
TEST_P(Stops, KeepEveryMessageThatWasAcknowledged) {
  ScriptedBroker broker(GetParam());
  auto gateway = connected_peer(broker);
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.received_at_least(100));
  ASSERT_EQ(gateway.engine->publish({"status", "stopping", 1}, {}), Offer::Accepted);
  stop(gateway);

  std::set<int> kept;
  for (const auto& message : gateway.received.messages()) kept.insert(std::stoi(message.payload));
  const auto acknowledged = broker.acknowledged();
  EXPECT_GE(acknowledged.size(), 90U);
  EXPECT_TRUE(std::includes(kept.begin(), kept.end(), acknowledged.begin(), acknowledged.end()))
      << kept.size() << " were kept of " << acknowledged.size();
  EXPECT_EQ(broker.publications(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Publication, Stops, testing::Bool(),
                         [](const auto& each) { return each.param ? "Answered" : "LeftOpen"; });

// Else the broker would publish our last will.
TEST_F(Stops, SayGoodbyeOnceTheLastPublicationIsAnswered) {
  ScriptedBroker broker(true);
  auto gateway = connected_peer(broker);
  ASSERT_TRUE(gateway.connect());
  ASSERT_EQ(gateway.engine->publish({"status", "stopping", 1}, {}), Offer::Accepted);
  stop(gateway);
  EXPECT_TRUE(run_until([&] { return broker.saw_disconnect(); }));
}

}  // namespace
}  // namespace gateway
