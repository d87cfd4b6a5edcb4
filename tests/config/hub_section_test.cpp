// The section about the embedded hub: whom it tells of events, whom it lets in, what it allows.

#include <gmock/gmock.h>

#include "config/difference.h"
#include "tests/config/config_fixture.h"

namespace gateway::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using webpubsub::hub::HubOptions;

TEST(HubSection, EventHandlers) {
  const auto hub =
      settings_of(
          "hub:\n"
          "  event_handlers:\n"
          "    - url_template: http://127.0.0.1:7071/{hub}/{event}\n"
          "      hub: Plant\n"
          "      user_events: [lookup, save]\n"
          "      system_events: [connect, disconnected]\n"
          "    - {url_template: \"https://a.example/e?code=c\", user_events: [\"*\"]}\n")
          .hub;
  ASSERT_EQ(hub.event_handlers.size(), 2U);
  const auto& first = hub.event_handlers[0];
  EXPECT_EQ(first.url("plant", "save"), "http://127.0.0.1:7071/plant/save");
  EXPECT_TRUE(first.is_for("plant"));
  EXPECT_FALSE(first.is_for("chat"));
  EXPECT_TRUE(first.wants_user_event("LOOKUP"));
  EXPECT_FALSE(first.wants_user_event("other"));
  EXPECT_TRUE(first.connect && first.disconnected && !first.connected);
  EXPECT_TRUE(hub.event_handlers[1].is_for("any"));
  EXPECT_TRUE(hub.event_handlers[1].wants_user_event("any"));
}

TEST(HubSection, WrongEventHandlersAreTold) {
  EXPECT_THAT(problems_of("hub: {event_handlers: [{user_events: [a]}]}\n"),
              Contains(HasSubstr("hub.event_handlers[0].url_template: required")));
  EXPECT_THAT(
      problems_of("hub: {event_handlers: [{url_template: \"http://{hub}/\", user_events: [a]}]}\n"),
      Contains(HasSubstr("the host of a URL is fixed")));
  EXPECT_THAT(problems_of("hub: {event_handlers: [{url_template: \"http://h/\"}]}\n"),
              Contains(HasSubstr("no event goes to http://h/")));
  EXPECT_THAT(
      problems_of(
          "hub: {event_handlers: [{url_template: \"http://h/\", system_events: [joined]}]}\n"),
      Contains(HasSubstr("hub.event_handlers[0].system_events[0]: ")));
  EXPECT_THAT(problems_of("hub: {event_handlers: [{url_template: \"ftp://h/?code=planted\"}]}\n"),
              Not(Contains(HasSubstr("planted"))));
}

TEST(HubSection, Limits) {
  const auto hub = settings_of(
                       "hub:\n"
                       "  limits:\n"
                       "    connections: 5\n"
                       "    connections_per_address: 4\n"
                       "    requests_per_address: 90/m\n"
                       "    groups_per_connection: 3\n"
                       "    message_size: 2KiB\n"
                       "    header_size: 4KiB\n"
                       "    queue_size: 64KiB\n"
                       "    queue_messages: 7\n"
                       "    handshake_timeout: 5s\n")
                       .hub;
  EXPECT_EQ(hub.limits.max_connections, 5U);
  EXPECT_EQ(hub.connections_per_address(), 4U);
  EXPECT_EQ(hub.requests_per_address(), 1U);
  EXPECT_EQ(hub.limits.max_groups_per_connection, 3U);
  EXPECT_EQ(hub.limits.max_message_bytes, 2048U);
  EXPECT_EQ(hub.limits.max_header_bytes, 4096U);
  EXPECT_EQ(hub.limits.max_queued_bytes, 65536U);
  EXPECT_EQ(hub.limits.max_queued_messages, 7U);
  EXPECT_EQ(hub.limits.handshake_timeout, std::chrono::seconds(5));
}

TEST(HubSection, WrongLimitsAreTold) {
  EXPECT_THAT(problems_of("hub: {limits: {connections: 0}}\n"),
              Contains(HasSubstr("hub.limits.connections: ")));
  EXPECT_THAT(problems_of("hub: {limits: {message_size: 1GiB}}\n"),
              Contains(HasSubstr("hub.limits.message_size: ")));
  EXPECT_THAT(problems_of("hub: {limits: {groups_per_conection: 1}}\n"),
              Contains(HasSubstr("did you mean \"groups_per_connection\"?")));
}

TEST(HubSection, WhoMayComeFromABrowser) {
  const auto hub =
      settings_of("hub: {negotiate: network, cors_origins: [\"https://dash.example:8443\"]}\n").hub;
  EXPECT_EQ(hub.negotiate, HubOptions::Negotiate::Network);
  EXPECT_EQ(hub.cors_origins, Lines{"https://dash.example:8443"});
  EXPECT_THAT(
      problems_of("hub: {cors_origins: [\"https://dash.example/page\"]}\n"),
      Contains(HasSubstr("hub.cors_origins[0]: 'https://dash.example/page' is not an origin")));
  EXPECT_THAT(problems_of("hub: {negotiate: all}\n"), Contains(HasSubstr("hub.negotiate: ")));
}

TEST(HubSection, IsDescribedWithoutQueriesAndLoadsAgain) {
  const auto settings = settings_of(
      "hub:\n"
      "  event_handlers: [{url_template: \"https://a.example/e?code=planted\", hub: chat, "
      "system_events: [connected]}]\n"
      "  negotiate: network\n"
      "  cors_origins: [\"*\"]\n"
      "  limits: {connections_per_address: 9, requests_per_address: 8/s, queue_messages: 7}\n");
  const std::string text = describe(settings);
  EXPECT_THAT(text, Not(HasSubstr("planted")));
  const auto again = settings_of(text);
  ASSERT_EQ(again.hub.event_handlers.size(), 1U);
  EXPECT_EQ(again.hub.event_handlers[0].url_template, "https://a.example/e?***");
  EXPECT_EQ(again.hub.event_handlers[0].hub, "chat");
  EXPECT_TRUE(again.hub.event_handlers[0].connected);
  EXPECT_EQ(again.hub.connections_per_address(), 9U);
  EXPECT_EQ(again.hub.requests_per_address(), 8U);
  EXPECT_EQ(again.hub.limits.max_queued_messages, 7U);
  EXPECT_EQ(describe(again), text);
}

TEST(HubSection, AnotherCodeInAUrlIsAChange) {
  const auto with = [](const std::string& code) {
    return settings_of("hub: {event_handlers: [{url_template: \"https://a.example/e?code=" + code +
                       "\", user_events: [a]}]}\n");
  };
  EXPECT_TRUE(difference(with("a"), with("a")).empty());
  const auto changes = difference(with("a"), with("b"));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].text(), "hub.event_handlers: (changed)");
}

TEST(HubSection, MirrorsOnlyBesideAServiceElsewhere) {
  const auto settings =
      settings_of("webpubsub: {connection_string: \"Endpoint=https://a.example;AccessKey=" +
                  std::string(44, 'k') + ";Version=1.0;\"}\nhub: {mirror: true}\n");
  EXPECT_TRUE(settings.hub_mirror);
  EXPECT_TRUE(settings.needs_hub());
  EXPECT_TRUE(settings.hub.command_user.empty());
  EXPECT_FALSE(settings_of("hub: {mirror: false}\n").hub_mirror);
  EXPECT_THAT(problems_of("hub: {mirror: true}\n"),
              Contains(HasSubstr("hub.mirror: it needs a service elsewhere")));
}

}  // namespace
}  // namespace gateway::config
