// The settings of an event handler: what they may say, and which events they mean.

#include "hub/webhooks/webhook_settings.h"

#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

WebhookSettings parse(std::string_view text) {
  auto settings = WebhookSettings::parse(text);
  EXPECT_TRUE(settings) << text << ": " << settings.error().message;
  return settings ? *settings : WebhookSettings{};
}

std::string problem(std::string_view text) {
  const auto settings = WebhookSettings::parse(text);
  EXPECT_FALSE(settings) << text;
  return settings ? std::string() : settings.error().message;
}

TEST(WebhookSettings, AUrlAloneGetsEveryUserEventOfEveryHub) {
  const auto settings = parse("http://127.0.0.1:7071/events");
  EXPECT_TRUE(settings.is_for("chat"));
  EXPECT_TRUE(settings.wants_user_event("message"));
  EXPECT_FALSE(settings.connect || settings.connected || settings.disconnected);
}

TEST(WebhookSettings, HubPatternAndSystemEventsAreRead) {
  const auto settings =
      parse("Chat=https://h/x?a=b=c;user=Alpha, beta;system=connect,Disconnected");
  EXPECT_EQ(settings.url_template, "https://h/x?a=b=c");
  EXPECT_TRUE(settings.is_for("chat"));
  EXPECT_FALSE(settings.is_for("chatter"));
  EXPECT_TRUE(settings.wants_user_event("ALPHA"));
  EXPECT_TRUE(settings.wants_user_event("beta"));
  EXPECT_FALSE(settings.wants_user_event("gamma"));
  EXPECT_TRUE(settings.connect && settings.disconnected);
  EXPECT_FALSE(settings.connected);
  EXPECT_TRUE(parse("*=http://h/;user=*").is_for("any"));
  EXPECT_FALSE(parse("http://h/;user=;system=connect").wants_user_event("message"));
  EXPECT_EQ(parse("http://h/?code=1").hub, "") << "a '=' of the URL names no hub";
}

TEST(WebhookSettings, PlaceholdersAreFilledInEscaped) {
  const auto settings = parse("http://h/{hub}/{event}?e={event}");
  EXPECT_EQ(settings.url("chat", "validate"), "http://h/chat/validate?e=validate");
  EXPECT_EQ(settings.url("a[b]", "{hub}"), "http://h/a%5Bb%5D/%7Bhub%7D?e=%7Bhub%7D");
}

TEST(WebhookSettings, WhatCannotBeIsRefused) {
  EXPECT_NE(problem("http://{hub}.example/").find("host"), std::string::npos);
  EXPECT_NE(problem("http://h:{event}").find("host"), std::string::npos);
  EXPECT_NE(problem("http://h/{user}").find("{hub} and {event} only"), std::string::npos);
  EXPECT_NE(problem("http://h/;system=connects").find("'connects'"), std::string::npos);
  EXPECT_NE(problem("http://h/;user=no name").find("'no name'"), std::string::npos);
  EXPECT_NE(problem("http://h/;user=").find("no event"), std::string::npos);
  EXPECT_NE(problem("1st=http://h/").find("'1st'"), std::string::npos);
  problem("");
  problem("=http://h/");
  problem("chat");
  problem("ftp://h/");
  problem("http://");
}

TEST(WebhookSettings, NoPartOfAQueryIsShown) {
  for (const char* text :
       {"http://h/?code=planted;planted", "http://h/{x}?code=planted", "ftp://h/?code=planted",
        "http://h/?code=planted;user=", "http://{hub}/?code=planted"}) {
    EXPECT_EQ(problem(text).find("planted"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace webpubsub::hub
