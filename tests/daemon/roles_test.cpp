#include "daemon/roles.h"

#include <gmock/gmock.h>

#include "config/load.h"

namespace gateway {
namespace {

using testing::ElementsAre;

std::vector<std::string> roles_of(const std::string& yaml) {
  const config::Environment environment{.variable = [](const std::string&) { return std::nullopt; },
                                        .host_name = "edge-01"};
  auto loaded = config::load_text(yaml, "test.yaml", environment);
  auto* settings = std::get_if<Settings>(&loaded);
  EXPECT_NE(settings, nullptr);
  return settings == nullptr ? std::vector<std::string>{} : needed_roles(*settings);
}

TEST(Roles, NameEachGroupThatIsKnownBeforehand) {
  EXPECT_THAT(roles_of("rules:\n"
                       "  - {name: a, topic: a, group: alarms}\n"
                       "  - {name: b, topic: b, group: 'of-{gateway.id}'}\n"),
              ElementsAre("webpubsub.sendToGroup.alarms", "webpubsub.sendToGroup.gateways",
                          "webpubsub.sendToGroup.of-edge-01"));
}

TEST(Roles, AllowEveryGroupOnlyWhereTheTopicDecides) {
  EXPECT_THAT(roles_of("rules:\n"
                       "  - {name: a, topic: 's/{site}', group: 'site-{site}'}\n"),
              ElementsAre("webpubsub.sendToGroup"));
}

TEST(Roles, AreNotNeededForEvents) {
  EXPECT_THAT(roles_of("presence: {group: ''}\n"
                       "rules:\n"
                       "  - {name: a, topic: 's/{site}', event: told}\n"),
              ElementsAre());
}

TEST(Roles, LetCommandRulesJoinTheirGroups) {
  EXPECT_THAT(roles_of("presence: {group: ''}\n"
                       "commands:\n"
                       "  - {name: c, from: 'group:control', topic: devices/all}\n"),
              ElementsAre("webpubsub.joinLeaveGroup.control"));
}

}  // namespace
}  // namespace gateway
