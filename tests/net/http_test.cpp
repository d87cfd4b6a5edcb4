#include "net/http.h"

#include <gtest/gtest.h>

#include "net/utf8.h"

namespace webpubsub::net {
namespace {

TEST(Headers, AreFoundWithoutRegardToCase) {
  const Headers headers{{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(find_header(headers, "CONTENT-TYPE"), "a");
  EXPECT_FALSE(find_header(headers, "content"));
}

TEST(PercentEncoding, GoesBothWays) {
  const std::string every = [] {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    return bytes;
  }();
  EXPECT_EQ(percent_decode(percent_encode(every), false), every);
  EXPECT_EQ(percent_encode("a-b_c.d~e/ü"), "a-b_c.d~e%2F%C3%BC");
  EXPECT_EQ(percent_decode("a+b%2f%2F", true), "a b//");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  for (const std::string_view broken : {"%", "%2", "%G0", "%0G", "x%"}) {
    EXPECT_FALSE(percent_decode(broken, false)) << broken;
  }
}

TEST(Query, IsSplitAndDecoded) {
  const QueryParameters expected{
      {"a", "1"}, {"b", "x y"}, {"a", "2=3"}, {"flag", ""}, {"bad%", "%"}};
  EXPECT_EQ(parse_query("a=1&b=x+y&&a=2%3D3&flag&bad%=%"), expected);
  EXPECT_TRUE(parse_query("").empty());
}

TEST(Utf8, IsCheckedToTheLetter) {
  for (const std::string_view good :
       {"", "plain ascii that is long enough for eight bytes", "\xC2\x80", "\xDF\xBF",
        "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2\x41",
        "12345678\x80", "1234567\xC3", "\xE2\x82\x41"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(cut_utf8("abc", 5), "abc");
  EXPECT_EQ(cut_utf8("a€b", 3), "a");
  EXPECT_EQ(cut_utf8("a€b", 4), "a€");
  EXPECT_EQ(cut_utf8("€", 2), "");
}

}  // namespace
}  // namespace webpubsub::net
