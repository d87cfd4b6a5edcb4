// A link whose subscriptions and settings change while it is up, or cannot come up.

#include <string>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::Mosquitto;
using webpubsub::Errc;

class Reload : public EngineTest {
 protected:
  /// Whether a message to `topic` reaches `gateway`; asked again until it does.
  bool reaches(Peer& device, Peer& gateway, const std::string& topic) {
    const auto deadline = webpubsub::steady_now() + 20s;
    const auto before = gateway.received.count();
    while (gateway.received.count() == before) {
      if (webpubsub::steady_now() > deadline) return false;
      if (!device.publish({topic, "x", 1})) return false;
      loop_->run_once(20ms);
    }
    return true;
  }
  /// Whether messages to `topic` reach nobody any more; `other` is one that does arrive.
  bool falls_silent(Peer& device, Peer& gateway, const std::string& topic,
                    const std::string& other) {
    const auto deadline = webpubsub::steady_now() + 20s;
    while (webpubsub::steady_now() < deadline) {
      const auto before = gateway.received.count();
      if (!device.publish({topic, "x", 1}) || !device.publish({other, "mark", 1})) return false;
      if (!run_until([&] { return gateway.received.count() > before; })) return false;
      if (gateway.received.messages()[before].payload == "mark") return true;
    }
    return false;
  }

  Mosquitto broker_{};
};

TEST_F(Reload, SubscriptionsChangeWithoutANewConnection) {
  auto device = peer(broker_.url(), "device");
  auto gateway = peer(broker_.url(), "gateway", {{"old/+", 1}, {"kept", 1}});
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  gateway.engine->set_subscriptions({{"kept", 1}, {"new/+", 1}});
  EXPECT_TRUE(reaches(device, gateway, "new/1"));
  EXPECT_TRUE(reaches(device, gateway, "kept"));
  EXPECT_TRUE(falls_silent(device, gateway, "old/1", "kept"));
  EXPECT_EQ(gateway.engine->counters().connects, 1U);
  EXPECT_TRUE(gateway.link.disconnects.empty());
}

TEST_F(Reload, SubscriptionsThatChangeWhileAwayHoldInTheResumedSession) {
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(device.connect());
  support::TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway", {{"old/+", 1}, {"kept", 1}});
  ASSERT_TRUE(gateway.connect());
  wire.cut();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  gateway.engine->set_subscriptions({{"kept", 1}, {"new/+", 1}});
  wire.mend();
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_TRUE(gateway.link.connects[1].session_present);
  EXPECT_TRUE(reaches(device, gateway, "new/1"));
  EXPECT_TRUE(falls_silent(device, gateway, "old/1", "kept"));
}

TEST_F(Reload, WhatAnEarlierProcessSubscribedToIsGivenUpUnlessWanted) {
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(device.connect());
  {
    auto before = peer(broker_.url(), "gateway", {{"old/+", 1}, {"kept", 1}});
    ASSERT_TRUE(before.connect());
  }
  auto gateway = peer(broker_.url(), "gateway", {{"kept", 1}});
  gateway.engine->remember_subscriptions({"old/+", "kept"});
  ASSERT_TRUE(gateway.connect());
  EXPECT_TRUE(gateway.link.connects[0].session_present);
  EXPECT_TRUE(reaches(device, gateway, "kept"));
  EXPECT_TRUE(falls_silent(device, gateway, "old/1", "kept"));
}

TEST_F(Reload, MovesToAnotherBrokerAndTakesItsSubscriptionsAlong) {
  Mosquitto other;
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.engine->set_options(options_for(other.url(), "gateway"), true));
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  ASSERT_EQ(gateway.link.disconnects.size(), 1U);
  EXPECT_EQ(gateway.link.disconnects[0].code, Errc::Cancelled);
  auto device = peer(other.url(), "device");
  ASSERT_TRUE(device.connect());
  EXPECT_TRUE(reaches(device, gateway, "a"));
}

TEST_F(Reload, RefusesABrokerItCannotUseAndStaysWhereItIs) {
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(gateway.connect());
  const auto refused = gateway.engine->set_options(options_for("gopher://x", "gateway"), true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::InvalidArgument);
  EXPECT_TRUE(gateway.publish({"a", "x", 1}));
  EXPECT_EQ(gateway.engine->counters().connects, 1U);
}

TEST_F(Reload, TriesAtOnceWhenItWaitsForAPassword) {
  support::TempFolder folder;
  const auto passwords = folder.write("passwords", "");
  broker_.stop();
  broker_.start("allow_anonymous false\npassword_file " + passwords + "\n");
  auto gateway = peer(broker_.url(), "gateway");
  gateway.engine->start();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  ASSERT_GE(gateway.link.waits[0], 5s);
  // What this broker lets in now stands for what a better password would change.
  Mosquitto open;
  const auto before = webpubsub::steady_now();
  ASSERT_TRUE(gateway.engine->set_options(options_for(open.url(), "gateway"), false));
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 1; }));
  EXPECT_LT(webpubsub::steady_now() - before, 4s) << "it would have waited for five seconds";
}

TEST_F(Reload, OtherCredentialsLeaveAnOpenConnectionAlone) {
  support::TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway");
  ASSERT_TRUE(gateway.connect());
  auto options = options_for(url_of(wire), "gateway");
  options.username = "someone";
  options.password = webpubsub::Secret("new");
  ASSERT_TRUE(gateway.engine->set_options(options, false));
  EXPECT_TRUE(gateway.publish({"a", "x", 1}));
  EXPECT_EQ(wire.accepted(), 1U);
  EXPECT_EQ(gateway.engine->counters().connects, 1U);
}

TEST_F(Reload, StopsInTheMiddleOfAMove) {
  Mosquitto other;
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.engine->set_options(options_for(other.url(), "gateway"), true));
  bool stopped = false;
  gateway.engine->stop([&](const webpubsub::Result<void>& result) {
    EXPECT_TRUE(result);
    stopped = true;
  });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_FALSE(gateway.engine->is_connected());
}

}  // namespace
}  // namespace gateway
