#include "bridge/rules/decode/document.h"

#include <random>

#include <gtest/gtest.h>

#include "bridge/rules/select/pointer.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

constexpr const char* kPayload =
    R"( {"a":[1, 2.50,{"b":null}] ,"a/b":"x\ty", "":true,"\u0061b":-0, "d":{}, "a":"last"} )";

std::string at(const Document& document, const std::string& pointer) {
  Arena arena;
  std::string out;
  const auto value = Pointer::parse(pointer)->find(document, arena);
  if (value.kind == Value::Kind::Absent) return "absent";
  append_json(out, value);
  return out;
}

TEST(Document, FindsValuesByPointer) {
  Document document;
  ASSERT_TRUE(document.parse(kPayload));
  EXPECT_EQ(at(document, "/a~1b"), R"("x\ty")");
  EXPECT_EQ(at(document, "/"), "true");
  EXPECT_EQ(at(document, "/ab"), "-0");
  EXPECT_EQ(at(document, "/d"), "{}");
  EXPECT_EQ(at(document, "/d/x"), "absent");
  EXPECT_EQ(at(document, "/a"), R"("last")") << "the last of two, as JavaScript has it";
  ASSERT_TRUE(document.parse(R"([[],[1, 2.50,{"b":[null] }]])"));
  EXPECT_EQ(at(document, ""), R"([[],[1, 2.50,{"b":[null] }]])");
  EXPECT_EQ(at(document, "/0"), "[]");
  EXPECT_EQ(at(document, "/0/0"), "absent");
  EXPECT_EQ(at(document, "/1/1"), "2.50");
  EXPECT_EQ(at(document, "/1/01"), "absent");
  EXPECT_EQ(at(document, "/1/2"), R"({"b":[null] })");
  EXPECT_EQ(at(document, "/1/2/b/0"), "null");
  EXPECT_EQ(at(document, "/1/3"), "absent");
}

TEST(Document, TakesScalarsAndRefusesWhatIsNoJson) {
  Document document;
  EXPECT_TRUE(document.parse("12345678901234567890.10"));
  EXPECT_EQ(at(document, ""), "12345678901234567890.10");
  EXPECT_TRUE(document.parse("null"));
  EXPECT_EQ(at(document, ""), "null");
  for (const std::string text : {"", "{", "{\"a\":}", "\"\xFF\"", "\"\\uDC00\"", "1 2"}) {
    EXPECT_FALSE(document.parse(text)) << text;
    EXPECT_EQ(at(document, ""), "absent");
  }
  EXPECT_TRUE(document.parse(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(document.parse(std::string(65, '[') + std::string(65, ']')));
}

TEST(Document, AgreesWithTheValidatorOnBrokenPayloads) {
  std::mt19937 random(7);  // the same edits in every run
  constexpr std::string_view kBytes = R"({}[],:"\0e.-ax)";
  Document document;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = kPayload;
    for (int edits = 0; edits < 2; ++edits) {
      text[random() % text.size()] = kBytes[random() % kBytes.size()];
    }
    EXPECT_EQ(document.parse(text), webpubsub::is_valid_json(text)) << text;
    refused += webpubsub::is_valid_json(text) ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

TEST(Pointer, RefusesWhatIsNone) {
  EXPECT_FALSE(Pointer::parse("a"));
  EXPECT_FALSE(Pointer::parse("/a~"));
  EXPECT_FALSE(Pointer::parse("/a~2"));
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "/x";
  EXPECT_FALSE(Pointer::parse(deep));
  EXPECT_TRUE(Pointer::parse("/a~01~10"));
}

}  // namespace
}  // namespace gateway
