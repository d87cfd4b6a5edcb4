#include "net/url.h"

#include <gtest/gtest.h>

namespace webpubsub::net {
namespace {

TEST(Url, IsTakenApart) {
  const auto url = parse_url("WSS://user:pw@Example.com:8443/a%2Fb?x=1#frag", "ws", "wss");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "Example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a%2Fb?x=1");
  EXPECT_EQ(url->user_information, "user:pw");
  EXPECT_EQ(url->authority, "Example.com:8443");
}

TEST(Url, FillsInWhatIsLeftOut) {
  EXPECT_EQ(parse_url("ws://h", "ws", "wss")->port, 80);
  EXPECT_EQ(parse_url("wss://h", "ws", "wss")->port, 443);
  EXPECT_EQ(parse_url("wss://h:443/", "ws", "wss")->authority, "h");
  EXPECT_EQ(parse_url("ws://h", "ws", "wss")->target, "/");
  EXPECT_EQ(parse_url("ws://h?q", "ws", "wss")->target, "/?q");
  EXPECT_EQ(parse_url("ws://h:", "ws", "wss")->port, 80);
  const auto six = parse_url("ws://[::1]:81/p", "ws", "wss");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 81);
  EXPECT_EQ(six->authority, "[::1]:81");
}

TEST(Url, IsRefusedWithoutShowingItsSecrets) {
  const auto url = parse_url("ws://user:hunter2@h:x/?access_token=abc123", "ws", "wss");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos) << url.error().message;
  EXPECT_EQ(url.error().message.find("abc123"), std::string::npos) << url.error().message;
}

TEST(Url, HasNoCharactersThatNeedAnEncoding) {
  for (const char* text :
       {"ws://h/a b", "ws://h/\t", "ws://h/\x7F", "ws://h/\xC3\xBC", "ws://\xC3\xBC/"}) {
    EXPECT_FALSE(parse_url(text, "ws", "wss")) << text;
  }
}

TEST(Url, KnowsAddressesFromNames) {
  EXPECT_TRUE(is_literal_address("127.0.0.1"));
  EXPECT_TRUE(is_literal_address("::1"));
  EXPECT_FALSE(is_literal_address("localhost"));
  EXPECT_FALSE(is_literal_address("1.2.3"));
}

}  // namespace
}  // namespace webpubsub::net
