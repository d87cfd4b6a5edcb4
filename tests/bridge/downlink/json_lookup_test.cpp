#include "bridge/downlink/json_lookup.h"

#include <string>

#include <gtest/gtest.h>

#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

using Kind = JsonValue::Kind;

JsonValue look_up(std::string_view text, std::string_view pointer) {
  JsonLookup lookup;
  EXPECT_EQ(lookup.add(pointer), 0U);
  EXPECT_TRUE(webpubsub::is_valid_json(text)) << text;
  return lookup.find(text).at(0);
}

TEST(JsonLookup, FollowsThePointersOfTheRfc) {
  // RFC 6901, section 5.
  const std::string document =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  const std::pair<const char*, const char*> table[] = {{"", document.c_str()},
                                                       {"/foo", R"(["bar","baz"])"},
                                                       {"/foo/0", "bar"},
                                                       {"/", "0"},
                                                       {"/a~1b", "1"},
                                                       {"/c%d", "2"},
                                                       {"/e^f", "3"},
                                                       {"/g|h", "4"},
                                                       {"/i\\j", "5"},
                                                       {"/k\"l", "6"},
                                                       {"/ ", "7"},
                                                       {"/m~0n", "8"}};
  for (const auto& [pointer, text] : table) {
    EXPECT_EQ(look_up(document, pointer).text, text) << pointer;
  }
  for (const auto* pointer : {"/nope", "/foo/2", "/foo/-", "/foo/01", "/foo/bar", "/foo/0/x"}) {
    EXPECT_EQ(look_up(document, pointer).kind, Kind::Absent) << pointer;
  }
}

TEST(JsonLookup, TellsTypesApart) {
  const auto* document = R"({"n":null,"t":true,"f":false,"i":1,"s":"1","o":{},"a":[]})";
  EXPECT_EQ(look_up(document, "/n").kind, Kind::Null);
  EXPECT_EQ(look_up(document, "/t").kind, Kind::True);
  EXPECT_EQ(look_up(document, "/f").kind, Kind::False);
  EXPECT_EQ(look_up(document, "/i").kind, Kind::Number);
  EXPECT_EQ(look_up(document, "/s").kind, Kind::String);
  EXPECT_EQ(look_up(document, "/o").kind, Kind::Container);
  EXPECT_EQ(look_up(document, "/a").kind, Kind::Container);
}

TEST(JsonLookup, KeepsTextAsItWasWritten) {
  const auto* document = R"( { "v" : { "x" : 21.50 , "y":1E+2,"z":123456789012345678901 } } )";
  EXPECT_EQ(look_up(document, "/v").text,
            R"({ "x" : 21.50 , "y":1E+2,"z":123456789012345678901 })");
  EXPECT_EQ(look_up(document, "/v/x").text, "21.50");
  EXPECT_EQ(look_up(R"({"s":"a\u00e4\n\"/"})", "/s").text, "aä\n\"/");
  EXPECT_EQ(look_up("0.00000000001e-2147483639", "").text, "0.00000000001e-2147483639");
}

TEST(JsonLookup, TakesTheLastOfRepeatedMembers) {
  EXPECT_EQ(look_up(R"({"a":1,"a":2})", "/a").text, "2");
  EXPECT_EQ(look_up(R"({"a":{"b":1},"a":{"c":2}})", "/a/b").kind, Kind::Absent);
  EXPECT_EQ(look_up(R"({"a":{"b":1},"a":7})", "/a/b").kind, Kind::Absent);
}

TEST(JsonLookup, FindsManyInOnePass) {
  JsonLookup lookup;
  const auto whole = lookup.add("");
  const auto second = lookup.add("/a/1");
  const auto again = lookup.add("/a/1");
  const auto inner = lookup.add("/a/1/b");
  EXPECT_EQ(second, again);
  const auto values = lookup.find(R"({"a":[0,{"b":"x"}]})");
  EXPECT_EQ(values.at(whole).text, R"({"a":[0,{"b":"x"}]})");
  EXPECT_EQ(values.at(second).text, R"({"b":"x"})");
  EXPECT_EQ(values.at(inner).text, "x");
}

TEST(JsonLookup, ComparesScalarsByTypeAndValue) {
  const auto value = [](std::string_view text) { return look_up(text, ""); };
  EXPECT_TRUE(equal_scalars(value("1"), value("1.0")));
  EXPECT_TRUE(equal_scalars(value("100"), value("1e2")));
  EXPECT_TRUE(equal_scalars(value(R"("a")"), value(R"("\u0061")")));
  EXPECT_TRUE(equal_scalars(value("null"), value("null")));
  EXPECT_FALSE(equal_scalars(value("1"), value(R"("1")")));
  EXPECT_FALSE(equal_scalars(value("9007199254740993"), value("9007199254740992")));
  EXPECT_FALSE(equal_scalars(value("true"), value("false")));
  EXPECT_FALSE(equal_scalars(value("{}"), value("{}")));
  EXPECT_FALSE(equal_scalars(JsonValue{}, JsonValue{}));
}

}  // namespace
}  // namespace gateway
