// The life of a link: made, lost, made again, taken over, stopped.

#include <string>

#include <gtest/gtest.h>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using support::Mosquitto;
using support::TcpProxy;
using webpubsub::Errc;
using webpubsub::Offer;

class Link : public EngineTest {
 protected:
  Mosquitto broker_{};
};

TEST_F(Link, SpeaksMqtt5First) {
  auto gateway = peer(broker_.url(), "gateway");
  EXPECT_FALSE(gateway.engine->is_connected());
  ASSERT_TRUE(gateway.connect());
  EXPECT_TRUE(gateway.engine->is_connected());
  EXPECT_EQ(gateway.link.connects[0].version, MqttVersion::V5);
  EXPECT_FALSE(gateway.link.connects[0].session_present);
  EXPECT_EQ(gateway.engine->counters().connects, 1U);
}

TEST_F(Link, FallsBackWhenTheBrokerRefusesMqtt5) {
  TcpProxy old_broker(broker_.port(), support::refuse_mqtt5());
  auto gateway = peer(url_of(old_broker), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  EXPECT_EQ(gateway.link.connects[0].version, MqttVersion::V311);
  EXPECT_TRUE(gateway.link.disconnects.empty()) << "not a failure to be told about";
  EXPECT_EQ(lines_.events, std::vector<std::string>{"mqtt.version_refused"});
  EXPECT_TRUE(gateway.publish({"a", "x", 1}));
  EXPECT_TRUE(gateway.received_at_least(1));
  // The next connection does not ask for version 5 again.
  const auto before = old_broker.accepted();
  old_broker.cut();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  old_broker.mend();
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_EQ(gateway.link.connects[1].version, MqttVersion::V311);
  EXPECT_GT(old_broker.accepted(), before);
  EXPECT_EQ(lines_.events.size(), 1U);
}

TEST_F(Link, FallsBackWhenTheBrokerHangsUpOnMqtt5) {
  TcpProxy old_broker(broker_.port(), support::hang_up_on_mqtt5());
  auto gateway = peer(url_of(old_broker), "gateway");
  ASSERT_TRUE(gateway.connect());
  EXPECT_EQ(gateway.link.connects[0].version, MqttVersion::V311);
  ASSERT_FALSE(gateway.link.disconnects.empty());
  EXPECT_NE(gateway.link.disconnects[0].message.find("hung up"), std::string::npos);
}

TEST_F(Link, SaysWhatIsWrongWithThePassword) {
  support::TempFolder folder;
  broker_.stop();
  broker_.start("allow_anonymous false\npassword_file " + folder.write("passwords", "") + "\n");
  for (const auto version : {MqttVersion::V5, MqttVersion::V311}) {
    auto options = options_for(broker_.url(), "gateway");
    options.version = version;
    options.username = "gateway";
    options.password = webpubsub::Secret("hunter2");
    Peer gateway(*loop_, log_, std::move(options), {});
    gateway.engine->start();
    ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
    const auto& why = gateway.link.disconnects[0];
    EXPECT_EQ(why.code, Errc::Unauthorized) << why.message;
    EXPECT_NE(why.message.find("uthorized"), std::string::npos) << why.message;
    EXPECT_EQ(why.message.find("hunter2"), std::string::npos);
    EXPECT_GE(gateway.link.waits[0], 5s) << "wrong settings do not right themselves";
    EXPECT_EQ(gateway.engine->counters().failed_connects, 1U);
  }
}

TEST_F(Link, ComesBackWithTheBroker) {
  auto gateway = peer(broker_.url(), "gateway", {{"a/#", 1}});
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(device.connect());
  broker_.stop();
  ASSERT_TRUE(
      run_until([&] { return !gateway.engine->is_connected() && !device.engine->is_connected(); }));
  EXPECT_EQ(device.engine->publish({"a/1", "x", 1}, {}), Offer::Offline);
  ASSERT_TRUE(run_until([&] { return gateway.link.disconnects.size() >= 2; }));  // it tries
  broker_.start();
  ASSERT_TRUE(
      run_until([&] { return gateway.engine->is_connected() && device.engine->is_connected(); }));
  // The broker forgot the subscriptions, so they were made again.
  EXPECT_TRUE(device.publish({"a/1", "x", 1}));
  EXPECT_TRUE(gateway.received_at_least(1));
  const auto counters = gateway.engine->counters();
  EXPECT_EQ(counters.connects, 2U);
  EXPECT_EQ(counters.disconnects, 1U);
  EXPECT_GE(counters.failed_connects, 1U);
}

TEST_F(Link, StartsBeforeItsBroker) {
  broker_.stop();
  auto gateway = peer(broker_.url(), "gateway");
  gateway.engine->start();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  EXPECT_EQ(gateway.link.disconnects[0].code, Errc::Unavailable);
  broker_.start();
  EXPECT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
}

TEST_F(Link, TheBrokerKeepsMessagesWhileTheLinkIsCut) {
  TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway", {{"a", 1}});
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(device.connect());
  wire.cut();
  ASSERT_TRUE(run_until([&] { return !gateway.engine->is_connected(); }));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(device.publish({"a", std::to_string(i), 1}));
  EXPECT_EQ(gateway.received.count(), 0U);
  wire.mend();
  ASSERT_TRUE(gateway.received_at_least(10));
  EXPECT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_TRUE(gateway.link.connects[1].session_present);
  const auto messages = gateway.received.messages();
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(messages[i].payload, std::to_string(i));
}

TEST_F(Link, ACleanSessionKeepsNothing) {
  TcpProxy wire(broker_.port());
  auto options = options_for(url_of(wire), "gateway");
  options.session_expiry = 0s;
  Peer gateway(*loop_, log_, std::move(options), {{"a", 1}});
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(device.connect());
  wire.cut();
  ASSERT_TRUE(run_until([&] { return !gateway.engine->is_connected(); }));
  EXPECT_TRUE(device.publish({"a", "lost", 1}));
  wire.mend();
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_FALSE(gateway.link.connects[1].session_present);
  EXPECT_TRUE(device.publish({"a", "fresh", 1}));
  ASSERT_TRUE(gateway.received_at_least(1));
  EXPECT_EQ(gateway.received.messages()[0].payload, "fresh");
}

TEST_F(Link, WhatIsInFlightFailsWithTheConnection) {
  TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway");
  ASSERT_TRUE(gateway.connect());
  wire.stall(true);
  std::vector<Errc> outcomes;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        gateway.engine->publish({"a", "x", 1},
                                [&](const webpubsub::Result<void>& result) {
                                  outcomes.push_back(result ? Errc::Internal : result.error().code);
                                }),
        Offer::Accepted);
  }
  wire.cut();
  ASSERT_TRUE(run_until([&] { return outcomes.size() == 3; }));
  EXPECT_EQ(outcomes, std::vector<Errc>(3, Errc::Unavailable));
  EXPECT_EQ(gateway.engine->counters().publish_failures, 3U);
  wire.stall(false);
  wire.mend();
  ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == 2; }));
  EXPECT_TRUE(gateway.publish({"a", "x", 1}));
  EXPECT_EQ(outcomes.size(), 3U) << "each publication ends once";
}

TEST_F(Link, EachPublicationEndsOnceHoweverOftenTheLinkIsCut) {
  TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway");
  ASSERT_TRUE(gateway.connect());
  std::uint64_t accepted = 0;
  std::uint64_t ended = 0;
  const auto publish_all_it_takes = [&] {
    while (gateway.engine->publish({"a", std::string(1000, 'x'), 1},
                                   [&](const auto&) { ++ended; }) == Offer::Accepted) {
      ++accepted;
    }
  };
  for (std::size_t round = 1; round <= 4; ++round) {
    const auto published = gateway.engine->counters().published;
    ASSERT_TRUE(run_until([&] {
      publish_all_it_takes();
      return gateway.engine->counters().published >= published + 200;
    }));
    publish_all_it_takes();
    wire.cut();  // with a full window under way
    ASSERT_TRUE(run_until([&] { return !gateway.engine->is_connected(); }));
    wire.mend();
    ASSERT_TRUE(run_until([&] { return gateway.link.connects.size() == round + 1; }));
  }
  EXPECT_TRUE(gateway.publish({"a", "x", 1}));
  ASSERT_TRUE(run_until([&] { return ended == accepted; }));
  const auto counters = gateway.engine->counters();
  EXPECT_EQ(counters.published + counters.publish_failures, accepted + 1);
}

TEST_F(Link, NoticesABrokerThatFellSilent) {
  TcpProxy wire(broker_.port());
  auto options = options_for(url_of(wire), "gateway");
  options.keep_alive = 2s;
  Peer gateway(*loop_, log_, std::move(options), {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  wire.stall(true);
  const auto start = webpubsub::steady_now();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  EXPECT_LT(webpubsub::steady_now() - start, 5s);  // 1.5 times 2 s, and the library's own clock
}

TEST_F(Link, SaysWhyTheBrokerDisconnects) {
  TcpProxy wire(broker_.port());
  auto gateway = peer(url_of(wire), "gateway");
  ASSERT_TRUE(gateway.connect());
  wire.inject(std::string("\xE0\x02\x8E\x00", 4));  // DISCONNECT, session taken over
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  const auto& why = gateway.link.disconnects[0];
  EXPECT_EQ(why.service_code, 0x8E) << why.message;
  EXPECT_NE(why.message.find("client ids must be unique"), std::string::npos) << why.message;
  EXPECT_NE(why.message.find("ours is gateway"), std::string::npos) << why.message;
  EXPECT_TRUE(run_until([&] { return gateway.engine->is_connected(); }));
  EXPECT_EQ(gateway.engine->counters().disconnects, 1U);
}

TEST_F(Link, SuspectsATwinWhenTheBrokerSaysNothing) {
  auto first = peer(broker_.url(), "twin");
  ASSERT_TRUE(first.connect());
  {
    auto second = peer(broker_.url(), "twin");
    ASSERT_TRUE(second.connect());
    ASSERT_TRUE(run_until([&] { return !first.link.disconnects.empty(); }));
  }
  const auto& why = first.link.disconnects[0];
  EXPECT_NE(why.message.find("our client id, twin"), std::string::npos) << why.message;
  EXPECT_TRUE(run_until([&] { return first.engine->is_connected(); }));
}

TEST_F(Link, StopsCleanlyAndStaysStopped) {
  auto gateway = peer(broker_.url(), "gateway", {{"a", 1}});
  ASSERT_TRUE(gateway.connect());
  bool stopped = false;
  bool twice = false;
  gateway.engine->stop([&](const webpubsub::Result<void>& result) { stopped = bool{result}; });
  gateway.engine->stop([&](const webpubsub::Result<void>&) { twice = true; });
  ASSERT_TRUE(run_until([&] { return stopped && twice; }));
  EXPECT_FALSE(gateway.engine->is_connected());
  EXPECT_EQ(gateway.engine->publish({"a", "x", 0}, {}), Offer::Offline);
  EXPECT_TRUE(gateway.link.disconnects.empty());
  // And it can be started again, into the session it left.
  ASSERT_TRUE(gateway.connect());
  EXPECT_TRUE(gateway.link.connects[1].session_present);
}

TEST_F(Link, StopsWithoutAConnection) {
  broker_.stop();
  auto gateway = peer(broker_.url(), "gateway");
  bool stopped = false;
  gateway.engine->stop([&](const webpubsub::Result<void>&) { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  gateway.engine->start();
  ASSERT_TRUE(run_until([&] { return !gateway.link.disconnects.empty(); }));
  stopped = false;
  gateway.engine->stop([&](const webpubsub::Result<void>&) { stopped = true; });
  EXPECT_TRUE(run_until([&] { return stopped; }));
}

TEST_F(Link, IsDestroyedAtAnyMoment) {
  TcpProxy silent(broker_.port());
  silent.stall(true);
  const auto in_time = [&](const std::function<void(Peer&)>& prepare) {
    auto gateway = std::make_unique<Peer>(*loop_, log_, options_for(url_of(silent), "gateway"),
                                          std::vector<MqttSubscription>{{"a", 1}});
    prepare(*gateway);
    const auto start = webpubsub::steady_now();
    gateway.reset();
    EXPECT_LT(webpubsub::steady_now() - start, 3s);
  };
  in_time([](Peer&) {});
  in_time([](Peer& gateway) { gateway.engine->start(); });
  in_time([&](Peer& gateway) {  // the broker never answers its CONNECT
    const auto before = silent.accepted();
    gateway.engine->start();
    EXPECT_TRUE(run_until([&] { return silent.accepted() > before; }));
  });
  silent.stall(false);
  in_time([](Peer& gateway) { EXPECT_TRUE(gateway.connect()); });
  in_time([&](Peer& gateway) {  // with publications in flight
    EXPECT_TRUE(gateway.connect());
    silent.stall(true);
    EXPECT_EQ(gateway.engine->publish({"a", "x", 1}, [](auto) { ADD_FAILURE(); }), Offer::Accepted);
  });
}

TEST_F(Link, RefusesSettingsThatCannotBeUsed) {
  MessageRecorder received;
  LinkRecorder link;
  const auto code = [&](MqttOptions options) {
    const auto engine = make_paho_engine(*loop_, std::move(options), {}, received, link, log_);
    return engine ? Errc::Internal : engine.error().code;
  };
  EXPECT_EQ(code({.broker = "localhost", .client_id = "a"}), Errc::InvalidArgument);
  EXPECT_EQ(code({.client_id = ""}), Errc::InvalidArgument);
  EXPECT_EQ(code({.client_id = "a", .tls = {.ca_file = "/nonexistent/ca.pem"}}),
            Errc::InvalidArgument);
  EXPECT_EQ(code({.client_id = "a", .tls = {.certificate_file = "/etc/hostname"}}),
            Errc::InvalidArgument);
}

}  // namespace
}  // namespace gateway
