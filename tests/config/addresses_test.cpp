#include "config/addresses.h"

#include <gtest/gtest.h>

namespace gateway::config {
namespace {

TEST(ListenAddress, IsNumericWithAPort) {
  const auto v4 = parse_listen_address("127.0.0.1:8080");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->address, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  const auto v6 = parse_listen_address("[fe80::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address, "fe80::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(ListenAddress, RefusesEverythingElse) {
  for (const auto* const text : {"",
                                 ":",
                                 ":80",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1:80x",
                                 "127.0.0.1: 80",
                                 "127.1:80",
                                 "localhost:80",
                                 "::1:80",
                                 "[::1]",
                                 "[::1]80",
                                 "[::1:80",
                                 "::1]:80",
                                 "[127.0.0.1]:80",
                                 "[]:80",
                                 "256.0.0.1:80",
                                 "[fe80::1%eth0]:80"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
  EXPECT_FALSE(parse_listen_address(std::string_view("127.0.0.1\0:80", 13)));
}

TEST(ListenAddress, IsWrittenAsItIsRead) {
  EXPECT_EQ(format_listen_address("127.0.0.1", 80), "127.0.0.1:80");
  EXPECT_EQ(format_listen_address("::1", 80), "[::1]:80");
}

TEST(Loopback, IsThisMachineOnly) {
  for (const auto* const text : {"127.0.0.1", "127.255.0.3", "::1"}) {
    EXPECT_TRUE(is_loopback(text)) << text;
  }
  for (const auto* const text :
       {"0.0.0.0", "::", "128.0.0.1", "192.168.0.1", "fe80::1", "::2", ""}) {
    EXPECT_FALSE(is_loopback(text)) << text;
  }
}

TEST(Url, IsTakenApart) {
  const auto url = parse_url("http://user:pa@ss@[::1]:3128/a?b#c");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->user_information, "user:pa@ss");
  EXPECT_EQ(url->host, "[::1]");
  EXPECT_EQ(url->port, 3128);
  EXPECT_EQ(url->rest, "/a?b#c");
}

TEST(Url, WithoutPortOrPath) {
  const auto url = parse_url("wss://example.com");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "example.com");
  EXPECT_FALSE(url->port);
  EXPECT_EQ(url->rest, "");
}

TEST(Url, RefusesWhatIsNone) {
  for (const auto* const text : {"", "host", "://host", "http://", "http://:80", "http://h:0",
                                 "http://h:70000", "http://h:x", "http://a b", "http://h\n",
                                 "http://[::1", "http://[x]:80", "http://a,b", "http:/h"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace gateway::config
