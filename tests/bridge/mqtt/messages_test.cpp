// Messages in both directions, through a real mosquitto.

#include <string>

#include <gmock/gmock.h>

#include "tests/bridge/mqtt/engine_fixture.h"

namespace gateway {
namespace {

using support::Mosquitto;
using webpubsub::Errc;
using webpubsub::Offer;

class Messages : public EngineTest {
 protected:
  Mosquitto broker_{"allow_anonymous true\nmessage_size_limit 0\n"};
};

// What mosquitto's access rules refuse: its plain access file lets everybody subscribe.
constexpr std::string_view kAccess = R"({
  "defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true,
                       "subscribe": true, "unsubscribe": true},
  "anonymousGroup": "everybody",
  "groups": [{"groupname": "everybody", "roles": [{"rolename": "restricted"}]}],
  "roles": [{"rolename": "restricted", "acls": [
    {"acltype": "subscribeLiteral", "topic": "private/a", "allow": false},
    {"acltype": "publishClientSend", "topic": "secret/#", "allow": false}]}],
  "clients": []
})";

class Restricted : public EngineTest {
 protected:
  support::TempFolder folder_{};
  Mosquitto broker_{"allow_anonymous true\nplugin " +
                    Mosquitto::plugin("mosquitto_dynamic_security.so") +
                    "\nplugin_opt_config_file " + folder_.write("access.json", kAccess) + "\n"};
};

class WithVersion : public Messages, public testing::WithParamInterface<MqttVersion> {
 protected:
  MqttOptions options(const std::string& client_id) {
    auto options = options_for(broker_.url(), client_id);
    options.version = GetParam();
    return options;
  }
};

TEST_P(WithVersion, EveryQosGoesBothWays) {
  Peer device(*loop_, log_, options("device"), {});
  Peer gateway(*loop_, log_, options("gateway"), {{"a/+", 2}, {"b/#", 0}});
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  EXPECT_EQ(gateway.link.connects[0].version, GetParam());
  for (std::uint8_t qos = 0; qos <= 2; ++qos) {
    EXPECT_TRUE(device.publish({"a/" + std::to_string(qos), "x", qos}));
  }
  EXPECT_TRUE(device.publish({"b/1/2/3", "y", 2}));
  ASSERT_TRUE(gateway.received_at_least(4));
  const auto messages = gateway.received.messages();
  for (const auto& message : messages) {
    const bool limited = message.topic == "b/1/2/3";  // subscribed at QoS 0
    EXPECT_EQ(message.qos, limited ? 0 : message.topic.back() - '0') << message.topic;
    EXPECT_EQ(message.payload, limited ? "y" : "x");
    EXPECT_FALSE(message.retained);
  }
  EXPECT_EQ(device.engine->counters().published, 4U);
  EXPECT_EQ(device.engine->counters().publish_failures, 0U);
}

TEST_P(WithVersion, RetainedMessagesAreMarked) {
  Peer device(*loop_, log_, options("device"), {});
  ASSERT_TRUE(device.connect());
  EXPECT_TRUE(device.publish({"r/1", "kept", 1, true}));
  Peer gateway(*loop_, log_, options("gateway"), {{"r/#", 1}});
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.received_at_least(1));
  EXPECT_TRUE(gateway.received.messages()[0].retained);
  EXPECT_TRUE(device.publish({"r/1", "fresh", 1, true}));
  ASSERT_TRUE(gateway.received_at_least(2));
  EXPECT_FALSE(gateway.received.messages()[1].retained);
}

INSTANTIATE_TEST_SUITE_P(Both, WithVersion, testing::Values(MqttVersion::V5, MqttVersion::V311),
                         [](const auto& each) {
                           return each.param == MqttVersion::V5 ? "Mqtt5" : "Mqtt311";
                         });

TEST_F(Messages, AnyBytesAndAnyTopicPass) {
  auto device = peer(broker_.url(), "device");
  auto gateway = peer(broker_.url(), "gateway", {{"#", 1}});
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  std::string deep = "l";
  for (int i = 1; i < 200; ++i) deep += "/l";
  const std::string bytes("\0\xFF\xC0\n", 4);
  EXPECT_TRUE(device.publish({deep, bytes, 1}));
  EXPECT_TRUE(device.publish({"empty", "", 1}));
  EXPECT_TRUE(device.publish({"größe/温度", "x", 1}));
  ASSERT_TRUE(gateway.received_at_least(3));
  const auto messages = gateway.received.messages();
  EXPECT_EQ(messages[0].topic, deep);
  EXPECT_EQ(messages[0].payload, bytes);
  EXPECT_EQ(messages[1].payload, "");
  EXPECT_EQ(messages[2].topic, "größe/温度");
}

TEST_F(Messages, TenMegabytesPass) {
  auto device = peer(broker_.url(), "device");
  auto gateway = peer(broker_.url(), "gateway", {{"large", 1}});
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  const std::string large(10'000'000, 'x');
  EXPECT_TRUE(device.publish({"large", large, 1}));
  ASSERT_TRUE(gateway.received_at_least(1));
  EXPECT_TRUE(gateway.received.messages()[0].payload == large);
}

TEST_F(Messages, ABurstArrivesWholeAndInOrder) {
  constexpr std::size_t kCount = 20'000;
  auto device = peer(broker_.url(), "device");
  auto gateway = peer(broker_.url(), "gateway", {{"burst", 1}});
  ASSERT_TRUE(device.connect());
  ASSERT_TRUE(gateway.connect());
  std::size_t offered = 0;
  std::size_t done = 0;
  ASSERT_TRUE(run_until([&] {
    while (offered < kCount) {
      const auto offer = device.engine->publish(
          {"burst", std::to_string(offered), 1},
          [&](const webpubsub::Result<void>& result) { done += result ? 1U : 0U; });
      if (offer != Offer::Accepted) break;
      ++offered;
    }
    return done == kCount;
  }));
  ASSERT_TRUE(gateway.received_at_least(kCount));
  const auto messages = gateway.received.messages();
  ASSERT_EQ(messages.size(), kCount);
  for (std::size_t i = 0; i < kCount; ++i) ASSERT_EQ(messages[i].payload, std::to_string(i));
  EXPECT_EQ(device.engine->counters().published, kCount);
}

TEST_F(Messages, PublicationsInFlightAreBounded) {
  auto options = options_for(broker_.url(), "device");
  options.max_publications = 4;
  Peer device(*loop_, log_, std::move(options), {});
  EXPECT_EQ(device.engine->publish({"a", "x", 1}, {}), Offer::Offline);
  ASSERT_TRUE(device.connect());
  broker_.freeze();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(device.engine->publish({"a", "x", 1}, {}), Offer::Accepted);
  }
  EXPECT_EQ(device.engine->publish({"a", "x", 1}, {}), Offer::Full);
  broker_.thaw();
  EXPECT_TRUE(run_until([&] { return device.engine->counters().published == 4; }));
  EXPECT_TRUE(device.publish({"a", "x", 1}));
}

TEST_F(Restricted, ARefusedSubscriptionIsToldAndTheOthersServe) {
  auto gateway = peer(broker_.url(), "gateway", {{"open/a", 1}, {"private/a", 1}, {"open/b", 1}});
  ASSERT_TRUE(gateway.connect());
  ASSERT_EQ(gateway.link.refused.size(), 1U);
  EXPECT_EQ(gateway.link.refused[0].first, "private/a");
  EXPECT_EQ(gateway.link.refused[0].second.code, Errc::Unauthorized);
  EXPECT_TRUE(gateway.publish({"open/b", "x", 1}));
  EXPECT_TRUE(gateway.received_at_least(1));
}

TEST_F(Restricted, ARefusedSingleSubscriptionIsToldInEitherVersion) {
  for (const auto version : {MqttVersion::V5, MqttVersion::V311}) {
    auto options = options_for(broker_.url(), "gateway");
    options.version = version;
    Peer gateway(*loop_, log_, std::move(options), {{"private/a", 1}});
    ASSERT_TRUE(gateway.connect());
    ASSERT_EQ(gateway.link.refused.size(), 1U);
    EXPECT_EQ(gateway.link.refused[0].first, "private/a");
  }
}

TEST_F(Restricted, ARefusedPublicationIsTold) {
  auto gateway = peer(broker_.url(), "gateway");
  ASSERT_TRUE(gateway.connect());
  for (const std::uint8_t qos : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto result = gateway.publish({"secret/a", "x", qos});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::Unauthorized) << result.error().message;
  }
  EXPECT_EQ(gateway.engine->counters().publish_failures, 2U);
  EXPECT_TRUE(gateway.publish({"open/a", "x", 2}));
}

TEST_F(Messages, EachOfSeveralFiltersHasItsOwnOptions) {
  auto device = peer(broker_.url(), "device");
  ASSERT_TRUE(device.connect());
  for (const char* topic : {"kept/a", "kept/b", "kept/c"}) {
    ASSERT_TRUE(device.publish({.topic = topic, .payload = "old", .qos = 1, .retain = true}));
  }
  auto gateway = peer(broker_.url(), "gateway",
                      {{.filter = "kept/a", .qos = 1, .retained = false},
                       {.filter = "kept/b", .qos = 1},
                       {.filter = "kept/c", .qos = 1, .retained = false},
                       {.filter = "ours/+", .qos = 1, .no_local = true},
                       {.filter = "all/+", .qos = 1}});
  ASSERT_TRUE(gateway.connect());
  ASSERT_TRUE(gateway.publish({"ours/x", "ours", 1}));
  ASSERT_TRUE(gateway.publish({"all/x", "ours", 1}));
  // What is published with the flag set is news to who has subscribed before.
  ASSERT_TRUE(device.publish({.topic = "ours/x", .payload = "new", .qos = 1, .retain = true}));
  ASSERT_TRUE(gateway.received_at_least(3));
  std::vector<std::string> received;
  for (const auto& each : gateway.received.messages()) {
    received.push_back(each.topic + " " + each.payload + (each.retained ? " retained" : ""));
  }
  EXPECT_THAT(received, testing::ElementsAre("kept/b old retained", "all/x ours", "ours/x new"));
}

TEST_F(Messages, ManyFiltersAreAllSubscribed) {
  std::vector<MqttSubscription> filters;
  for (int i = 0; i < 100; ++i) filters.push_back({"many/" + std::to_string(i), 1});
  auto gateway = peer(broker_.url(), "gateway", filters);
  ASSERT_TRUE(gateway.connect());
  for (const auto& each : filters) {
    ASSERT_TRUE(run_until([&] {
      return gateway.engine->publish({each.filter, "x", 0}, {}) == Offer::Accepted;
    }));
  }
  EXPECT_TRUE(gateway.received_at_least(filters.size()));
}

}  // namespace
}  // namespace gateway
