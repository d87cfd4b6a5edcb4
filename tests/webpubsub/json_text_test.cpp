#include "webpubsub/protocol/json_text.h"

#include <string>

#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::string_view_literals;

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

class ValidJson : public testing::TestWithParam<std::string_view> {};
TEST_P(ValidJson, IsAccepted) { EXPECT_TRUE(is_valid_json(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Table, ValidJson,
                         testing::Values("{}", "[]", "0", "-0", "1", "-1.5e+10", "1E300",
                                         "0.00000000001e-2147483639",
                                         "12345678901234567890123456789", "\"\"", "\"a\"", "true",
                                         "false", "null", " \t\r\n{ } \n", R"({"a":1,"a":2})",
                                         R"([1,"x",null,{"k":[]}])", R"("\"\\\/\b\f\n\r\t\u00e4")",
                                         R"("\ud83d\ude00")", R"("\u0000")",
                                         "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80\"",
                                         "\"\x7F\"", R"({"":{"":""}})", "[[],[[]],{}]"));

class InvalidJson : public testing::TestWithParam<std::string_view> {};
TEST_P(InvalidJson, IsRefused) { EXPECT_FALSE(is_valid_json(GetParam())); }
INSTANTIATE_TEST_SUITE_P(
    Table, InvalidJson,
    testing::Values("", " ", "{", "}", "[", "]", "\"", "\"a", "{]", "[}", "{}{}", "{} x", "1 2",
                    "01", "+1", "1.", ".5", "1e", "1e+", "-", "--1", "0x10", "NaN", "Infinity",
                    "-Infinity", "nul", "nulll", "True", "tru", "[1,]", "[,1]", "[1 2]", "{\"a\"}",
                    "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "'a'", "// c\n1", "/* c */1",
                    "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"a\nb\"", "\"\t\"",
                    "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
                    "\"\\DBFF\"", "\"\\uDFFFx\"", "\xEF\xBB\xBF{}", "{}\0"sv, "{}\0junk"sv, "\0"sv,
                    "\"a\0b\""sv, "\0{}"sv, "\"\x80\"", "\"\xC3\"", "\"\xC0\x80\"",
                    "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xF8\x88\x80\x80\x80\"",
                    "\"\xE2\x82\"", "\xC3\xA4", "[1]\xC3\xA4"));

TEST(JsonText, NumbersEndWhereADoubleEnds) {
  EXPECT_TRUE(is_valid_json("1.7976931348623157e308"));
  EXPECT_TRUE(is_valid_json("1e-400"));  // only less exact
  EXPECT_FALSE(is_valid_json("1e400"));
  EXPECT_FALSE(is_valid_json(std::string(400, '9')));
}

TEST(JsonText, NestingEndsAtTheLimit) {
  EXPECT_TRUE(is_valid_json(nested(kMaxJsonDepth)));
  EXPECT_FALSE(is_valid_json(nested(kMaxJsonDepth + 1)));
}

TEST(JsonText, HostileNestingCostsNoStack) {
  EXPECT_FALSE(is_valid_json(std::string(5'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(is_valid_json(objects));
}

TEST(JsonText, WidthIsFree) {
  std::string wide = "[0";
  for (int i = 0; i < 200'000; ++i) wide += ",{\"k\":[\"v\"]}";
  wide += "]";
  EXPECT_TRUE(is_valid_json(wide));
}

TEST(JsonText, SecondSurrogateHalvesAreToldFromPairs) {
  EXPECT_TRUE(is_valid_json(R"("\\udc00")"));  // a backslash, then letters
  EXPECT_TRUE(is_valid_json(R"("\uDBFF\uDFFF")"));
  EXPECT_FALSE(is_valid_json(R"("\\\udc00")"));
  EXPECT_FALSE(is_valid_json(R"("\ud83d\ude00\ude00")"));
  EXPECT_TRUE(is_valid_json(R"("\ud7ff\ue000")"));
}

TEST(JsonText, Utf8FollowsTheStandardsTable) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("a\0b"sv));  // NUL is a character like any other here
  for (const auto* good : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const auto* bad :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC0", "\xE0\x9F\xBF",
        "\xE1\x80", "\xE1\x80\x41", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
        "\xF1\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

TEST(JsonText, Utf8IsCheckedAtEveryPosition) {
  // Around the borders of the words that the fast path reads.
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text.insert(at, "\xE2\x82\xAC");
    EXPECT_TRUE(is_valid_utf8(text)) << at;
    text[at + 2] = 'x';
    EXPECT_FALSE(is_valid_utf8(text)) << at;
    EXPECT_FALSE(is_valid_utf8(std::string(at, 'a') + "\xE2\x82")) << at;
  }
}

TEST(JsonText, StringsAreEscapedAsLittleAsAllowed) {
  std::string out = "x";
  append_json_string(out, "a\"b\\c/\b\f\n\r\t\x01\x1F\x7F\xC3\xA4"sv);
  EXPECT_EQ(out, "x\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xA4\"");
  out.clear();
  append_json_string(out, "\0"sv);
  EXPECT_EQ(out, R"("\u0000")");
  out.clear();
  append_json_string(out, "");
  EXPECT_EQ(out, R"("")");
}

}  // namespace
}  // namespace webpubsub
