#include "daemon/reload/link_credential.h"

#include <optional>

#include <gtest/gtest.h>

#include "tests/daemon/event_loop_fixture.h"

namespace gateway {
namespace {

RuleOptions rule(std::string_view group) {
  const RuleTopics topics({*TopicPattern::parse("t/{device}")});
  return {.name = "r", .topics = topics, .group = *parse_group(group, topics)};
}

Settings settings_with(std::vector<RuleOptions> rules) {
  Settings settings;
  settings.rules = std::move(rules);
  settings.presence.group.clear();
  settings.webpubsub.connection_string = {
      "https://a.example", webpubsub::Secret("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};
  return settings;
}

std::string url_of(LinkCredential& credential) {
  std::string url;
  credential.client_access_url([&](const webpubsub::Result<webpubsub::Secret>& result) {
    ASSERT_TRUE(result);
    url = result->reveal();
  });
  return url;
}

class LinkCredentialTest : public EventLoopTest {};

TEST_F(LinkCredentialTest, TheNextConnectionProvesItselfAnew) {
  LinkCredential credential(*loop_);
  auto settings = settings_with({rule("g")});
  credential.use(settings, nullptr);
  const auto before = url_of(credential);
  EXPECT_EQ(before.substr(0, before.find('?')), "wss://a.example/client/hubs/telemetry");
  settings.webpubsub.connection_string->endpoint = "https://b.example";
  credential.use(settings, nullptr);
  EXPECT_TRUE(url_of(credential).starts_with("wss://b.example/"));
}

TEST_F(LinkCredentialTest, CoversWhatTheTokenInUseAllows) {
  LinkCredential credential(*loop_);
  const auto one = settings_with({rule("one")});
  const auto both = settings_with({rule("one"), rule("two")});
  const auto any = settings_with({rule("site-{device}")});
  credential.use(both, nullptr);
  EXPECT_FALSE(credential.covers(one)) << "no token was asked for yet";
  url_of(credential);
  EXPECT_TRUE(credential.covers(both));
  EXPECT_TRUE(credential.covers(one));
  EXPECT_FALSE(credential.covers(any));
  // Asking for less does not take away what the open connection has.
  credential.use(one, nullptr);
  EXPECT_TRUE(credential.covers(both));
  url_of(credential);
  EXPECT_FALSE(credential.covers(both));

  credential.use(any, nullptr);
  url_of(credential);
  EXPECT_TRUE(credential.covers(both)) << "any group is also these";
}

TEST_F(LinkCredentialTest, AReadyUrlIsTakenToBeEnough) {
  LinkCredential credential(*loop_);
  auto settings = settings_with({rule("g")});
  settings.webpubsub.connection_string.reset();
  settings.webpubsub.client_access_url = webpubsub::Secret("wss://a.example/c?access_token=t");
  credential.use(settings, nullptr);
  EXPECT_EQ(url_of(credential), "wss://a.example/c?access_token=t");
  EXPECT_TRUE(credential.covers(settings_with({rule("one")})));
}

}  // namespace
}  // namespace gateway
