// What the machine and other keys answer where the configuration is silent.

#include "config/identity.h"

#include "tests/config/config_fixture.h"

namespace gateway::config {
namespace {

Environment machine(std::string host_name, std::string machine_id) {
  auto environment = test_environment();
  environment.host_name = std::move(host_name);
  environment.machine_id = std::move(machine_id);
  return environment;
}

TEST(GatewayId, IsTheHostNameAsFarAsItFits) {
  EXPECT_EQ(settings_of("", machine("edge-7.plant", "")).gateway_id, "edge-7.plant");
  EXPECT_EQ(settings_of("", machine("w\xC3\xA9 ird", "")).gateway_id, "w---ird");
  EXPECT_EQ(settings_of("", machine(std::string(100, 'h'), "")).gateway_id, std::string(64, 'h'));
  EXPECT_EQ(settings_of("", machine("", "")).gateway_id, "gateway");
  EXPECT_EQ(settings_of("gateway: {id: mine}", machine("host", "")).gateway_id, "mine");
}

TEST(ClientId, IsStableAndFitsEveryBroker) {
  const auto environment = test_environment();
  const auto id = settings_of("", environment).mqtt.client_id;
  EXPECT_EQ(id, settings_of("", environment).mqtt.client_id);
  EXPECT_EQ(id.size(), 23U);
  EXPECT_EQ(id.substr(0, 5), "wpsgw");
  EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
}

TEST(ClientId, DiffersByMachineAndGateway) {
  const auto here = machine("host", "0123456789abcdef0123456789abcdef");
  const auto there = machine("host", "fedcba9876543210fedcba9876543210");
  EXPECT_NE(derive_client_id(here, "a"), derive_client_id(there, "a"));
  EXPECT_NE(derive_client_id(here, "a"), derive_client_id(here, "b"));
  EXPECT_NE(derive_client_id(machine("x", ""), "a"), derive_client_id(machine("y", ""), "a"));
}

TEST(ClientId, DoesNotHoldTheMachineId) {
  const auto environment = test_environment();
  const auto id = settings_of("", environment).mqtt.client_id;
  EXPECT_EQ(id.find(environment.machine_id.substr(0, 8)), std::string::npos);
}

TEST(ClientId, MayBeGiven) {
  EXPECT_EQ(settings_of("mqtt: {client_id: mine}").mqtt.client_id, "mine");
}

TEST(UserId, IsTheGatewayUnlessGiven) {
  EXPECT_EQ(settings_of("gateway: {id: e1}").webpubsub.user_id, "e1");
  EXPECT_EQ(settings_of("webpubsub: {user_id: u}").webpubsub.user_id, "u");
}

TEST(EmbeddedHub, ShowsTheGroupsOfTheRules) {
  const auto settings = settings_of(
      "gateway: {id: e1}\n"
      "webpubsub: {hub: plant, user_id: u1}\n"
      "rules:\n"
      "  - {name: a, topic: \"t/{site}/{x}\", group: \"site-{site}\"}\n"
      "  - {name: b, topic: \"t/{site}/{x}\", group: \"site-{site}-{x}\"}\n"
      "  - {name: c, topic: \"t/{site}\", group: \"{site}\"}\n"
      "  - {name: d, topic: t, group: plain}\n"
      "  - {name: e, topic: t, group: \"of-{gateway.id}\"}\n"
      "  - {name: f, topic: t, group: \"a{{b\"}\n");
  EXPECT_EQ(settings.hub.dashboard_groups,
            (Lines{"site-*", "*", "plain", "of-e1", "a{b", "gateways"}));
  EXPECT_EQ(settings.hub.dashboard_hub, "plant");
  EXPECT_EQ(settings.hub.command_user, "u1");
}

TEST(EmbeddedHub, HasNoCommandsToRelayWithoutTheGateway) {
  const auto settings = settings_of(
      "webpubsub: {connection_string: Endpoint=https://a.example;AccessKey=k}\n"
      "presence: {group: \"\"}\n");
  EXPECT_FALSE(settings.webpubsub.uses_embedded_hub());
  EXPECT_EQ(settings.hub.command_user, "");
  EXPECT_EQ(settings.hub.dashboard_groups, Lines{});
}

TEST(SystemEnvironment, KnowsThisMachine) {
  const auto environment = system_environment();
  EXPECT_FALSE(environment.host_name.empty());
  EXPECT_TRUE(environment.machine_id.empty() || environment.machine_id.size() == 32);
  EXPECT_TRUE(environment.variable("PATH"));
  EXPECT_FALSE(environment.variable("GW_NO_SUCH_VARIABLE"));
}

}  // namespace
}  // namespace gateway::config
