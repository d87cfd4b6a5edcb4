#include "webpubsub/auth/connection_string.h"

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

struct Good {
  std::string_view text;
  std::string_view endpoint;
  std::string_view key;
};
class GoodConnectionString : public testing::TestWithParam<Good> {};
TEST_P(GoodConnectionString, IsRead) {
  const auto parsed = parse_connection_string(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->endpoint, GetParam().endpoint);
  EXPECT_EQ(parsed->access_key.reveal(), GetParam().key);
}
INSTANTIATE_TEST_SUITE_P(
    Table, GoodConnectionString,
    testing::Values(
        Good{"Endpoint=https://n.webpubsub.azure.com;AccessKey=abc+/=;Version=1.0;",
             "https://n.webpubsub.azure.com", "abc+/="},
        Good{"Endpoint=https://n.webpubsub.azure.com/;AccessKey=k==",
             "https://n.webpubsub.azure.com", "k=="},
        Good{"accesskey=k;ENDPOINT=http://localhost:8080;version=1.0", "http://localhost:8080",
             "k"},
        Good{"Endpoint=n.webpubsub.azure.cn;AccessKey=k", "https://n.webpubsub.azure.cn", "k"},
        Good{"Endpoint=http://localhost;Port=8080;AccessKey=k", "http://localhost:8080", "k"},
        Good{"Endpoint=http://localhost:1;Port=8080;AccessKey=k", "http://localhost:8080", "k"},
        Good{"Endpoint=https://h:443;AccessKey=k", "https://h", "k"},
        Good{"Endpoint=http://h:80/;AccessKey=k", "http://h", "k"},
        Good{"Endpoint=http://h:443;AccessKey=k", "http://h:443", "k"},
        Good{"Endpoint=https://h;Port=443;AccessKey=k", "https://h", "k"},
        Good{"Endpoint=http://[::1]:8080;AccessKey=k", "http://[::1]:8080", "k"},
        Good{"Endpoint=http://[::1];AccessKey=k", "http://[::1]", "k"},
        Good{"Endpoint=HTTPS://Name.Example;AccessKey=K", "https://name.example", "K"},
        Good{" Endpoint = https://h ; AccessKey = k \r\n", "https://h", "k"},
        Good{";;Endpoint=https://h;nonsense;AccessKey=k;New=thing;", "https://h", "k"}));

struct Bad {
  std::string_view text;
  std::string_view message;
};
class BadConnectionString : public testing::TestWithParam<Bad> {};
TEST_P(BadConnectionString, NamesThePartAndNeverTheKey) {
  const auto parsed = parse_connection_string(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::InvalidArgument);
  EXPECT_EQ(parsed.error().message, "connection string: " + std::string(GetParam().message));
  EXPECT_EQ(parsed.error().message.find("hush"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadConnectionString,
    testing::Values(
        Bad{"", "Endpoint is missing"}, Bad{"hush", "Endpoint is missing"},
        Bad{"AccessKey=hush", "Endpoint is missing"},
        Bad{"Endpoint=;AccessKey=hush", "Endpoint is missing"},
        Bad{"Endpoint=https://h", "AccessKey is missing"},
        Bad{"Endpoint=https://h;AccessKey=", "AccessKey is missing"},
        Bad{"Endpoint=https://h;AuthType=azure.msi", "AccessKey is missing"},
        Bad{"Endpoint=https://h;AccessKey=hush;accesskey=hush", "accesskey is given twice"},
        Bad{"Endpoint=https://h;Endpoint=https://h;AccessKey=hush", "endpoint is given twice"},
        Bad{"Endpoint=wss://h;AccessKey=hush", "Endpoint must begin with https:// or http://"},
        Bad{"Endpoint=ftp://h;AccessKey=hush", "Endpoint must begin with https:// or http://"},
        Bad{"Endpoint=https://h/api;AccessKey=hush", "Endpoint must not have a path"},
        Bad{"Endpoint=https://;AccessKey=hush", "Endpoint has no valid host name"},
        Bad{"Endpoint=https://u@h;AccessKey=hush", "Endpoint has no valid host name"},
        Bad{"Endpoint=https://h?x=1;AccessKey=hush", "Endpoint has no valid host name"},
        Bad{"Endpoint=https://a b;AccessKey=hush", "Endpoint has no valid host name"},
        Bad{"Endpoint=https://h:0;AccessKey=hush",
            "the port in Endpoint is not a number from 1 to 65535"},
        Bad{"Endpoint=https://h:65536;AccessKey=hush",
            "the port in Endpoint is not a number from 1 to 65535"},
        Bad{"Endpoint=https://h:x;AccessKey=hush",
            "the port in Endpoint is not a number from 1 to 65535"},
        Bad{"Endpoint=https://h;AccessKey=hush;Port=0", "Port is not a number from 1 to 65535"},
        Bad{"Endpoint=https://h;AccessKey=hush;Port=-1", "Port is not a number from 1 to 65535"},
        Bad{"Endpoint=https://h;AccessKey=hush;Port=", "Port is not a number from 1 to 65535"}));

TEST(ConnectionStrings, AHostHoldsNoControlCharacters) {
  for (const char* host : {"name\r\n.example", "name.example\r\n/", "na\x7Fme", "na\tme"}) {
    const auto parsed =
        parse_connection_string("Endpoint=https://" + std::string(host) + ";AccessKey=k");
    EXPECT_FALSE(parsed) << host;
  }
}

}  // namespace
}  // namespace webpubsub
