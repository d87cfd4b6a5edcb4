#include "webpubsub/protocol/json_scan.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

JsonSlice find(std::string_view text, std::string_view name) {
  const std::array<std::string_view, 1> names = {name};
  std::array<JsonSlice, 1> values;
  EXPECT_EQ(scan_json_object(text, names, values), JsonScan::Found) << text;
  return values[0];
}

TEST(JsonScan, EveryKindOfValueIsFoundByteForByte) {
  constexpr std::string_view kText =
      R"( { "o" : { "x" : [1 , 2] } , "a":[ ] ,"s":"a\u0041\"","n":-1.50E+02,"t":true,)"
      R"("f":false , "z":null } )";
  EXPECT_EQ(find(kText, "o").text, R"({ "x" : [1 , 2] })");
  EXPECT_EQ(find(kText, "o").kind, JsonKind::Object);
  EXPECT_EQ(find(kText, "a").text, "[ ]");
  EXPECT_EQ(find(kText, "a").kind, JsonKind::Array);
  EXPECT_EQ(find(kText, "s").text, R"(a\u0041\")");
  EXPECT_EQ(find(kText, "s").kind, JsonKind::String);
  EXPECT_EQ(find(kText, "n").text, "-1.50E+02");
  EXPECT_EQ(find(kText, "n").kind, JsonKind::Number);
  EXPECT_EQ(find(kText, "t").text, "true");
  EXPECT_EQ(find(kText, "t").kind, JsonKind::True);
  EXPECT_EQ(find(kText, "f").text, "false");
  EXPECT_EQ(find(kText, "f").kind, JsonKind::False);
  EXPECT_EQ(find(kText, "z").text, "null");
  EXPECT_EQ(find(kText, "z").kind, JsonKind::Null);
  EXPECT_EQ(find(kText, "q").kind, JsonKind::Absent);
}

TEST(JsonScan, OnlyMembersOfTheRootCount) {
  EXPECT_EQ(find(R"({"d":{"type":"inner"},"e":[{"type":"x"}]})", "type").kind, JsonKind::Absent);
  EXPECT_EQ(find(R"({"d":{"type":"inner"},"type":"outer"})", "type").text, "outer");
}

TEST(JsonScan, TheLastOfRepeatedMembersCounts) {
  EXPECT_EQ(find(R"({"a":1,"a":"two"})", "a").text, "two");
}

TEST(JsonScan, EscapedNamesAreTheSameNames) {
  EXPECT_EQ(find(R"({"\u0074ype":1})", "type").text, "1");
}

TEST(JsonScan, OtherRootsAreToldFromMalformedText) {
  const std::array<std::string_view, 1> names = {"a"};
  std::array<JsonSlice, 1> values;
  for (const auto* text : {"[]", "[1,[2]]", "1", "\"a\"", "null", "true", "[{\"a\":1}]"}) {
    EXPECT_EQ(scan_json_object(text, names, values), JsonScan::NotAnObject) << text;
  }
  for (const auto* text : {"", "{", R"({"a":1}})", R"({"a":1)", R"({"a":01})", "{\"a\":\"\xFF\"}",
                           R"({"a":"\udc00"})"}) {
    EXPECT_EQ(scan_json_object(text, names, values), JsonScan::Malformed) << text;
  }
}

TEST(JsonScan, EscapesBecomeCharacters) {
  EXPECT_EQ(json_unescape(""), "");
  EXPECT_EQ(json_unescape("plain"), "plain");
  EXPECT_EQ(json_unescape(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(json_unescape(R"(\u0041\u00e4\u20AC\ud83d\uDE00!)"),
            "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!");
  EXPECT_EQ(json_unescape(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(json_unescape(R"(\\u0041)"), R"(\u0041)");
  EXPECT_EQ(json_unescape(R"(\u07ff\u0800\uffff)"), "\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
}

TEST(JsonScan, UnsignedNumbersKeepAll64Bits) {
  const auto number = [](std::string_view text) { return json_uint64({JsonKind::Number, text}); };
  EXPECT_EQ(number("0"), 0U);
  EXPECT_EQ(number("9007199254740993"), 9007199254740993U);
  EXPECT_EQ(number("18446744073709551615"), 18446744073709551615U);
  for (const auto* text : {"18446744073709551616", "-1", "-0", "1.0", "1e2", "1E2"}) {
    EXPECT_EQ(number(text), std::nullopt) << text;
  }
  EXPECT_EQ(json_uint64({JsonKind::String, "1"}), std::nullopt);
}

TEST(JsonScan, ListsOfStringsMayBeASingleString) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  const auto list = [](std::string_view object) { return json_string_list(find(object, "r")); };
  EXPECT_THAT(*list(R"({"r":"one"})"), ElementsAre("one"));
  EXPECT_THAT(*list(R"({"r":["one","t\u0077o"]})"), ElementsAre("one", "two"));
  EXPECT_THAT(*list(R"({"r":[]})"), IsEmpty());
  for (const auto* object :
       {R"({"r":[1]})", R"({"r":["a",["b"]]})", R"({"r":["a",{"b":"c"}]})", R"({"r":{"a":"b"}})",
        R"({"r":1})", R"({"r":null})", R"({})", R"({"r":["a",null]})"}) {
    EXPECT_EQ(list(object), std::nullopt) << object;
  }
}

}  // namespace
}  // namespace webpubsub
