// Numbers, lines of values and bytes at fixed places.

#include <gmock/gmock.h>

#include "bridge/rules/decode/binary_layout.h"
#include "bridge/rules/decode/csv.h"
#include "bridge/rules/decode/number_text.h"
#include "tests/bridge/rules/decode_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const auto kMalformed = ElementsAre("malformed");

TEST(NumberText, KeepsDigitsAndLeavesOutSpaceAndUnit) {
  NumberText decoder;
  DecodeFixture number(decoder);
  EXPECT_THAT(number.decode("21.50"), ElementsAre("21.50"));
  EXPECT_THAT(number.decode(" -7\r\n"), ElementsAre("-7"));
  EXPECT_THAT(number.decode("21.5 °C"), ElementsAre("21.5"));
  EXPECT_THAT(number.decode("230V"), ElementsAre("230"));
  EXPECT_THAT(number.decode("1.5e3"), ElementsAre("1.5e3"));
}

TEST(NumberText, WritesAsJsonWhatJsonWritesInAnotherWay) {
  NumberText decoder;
  DecodeFixture number(decoder);
  EXPECT_THAT(number.decode("+05"), ElementsAre("5"));
  EXPECT_THAT(number.decode(".5"), ElementsAre("0.5"));
  EXPECT_THAT(number.decode("5."), ElementsAre("5"));
  EXPECT_THAT(number.decode("-007.0"), ElementsAre("-7"));
}

TEST(NumberText, RefusesWhatIsNoNumber) {
  NumberText decoder;
  DecodeFixture number(decoder);
  for (const char* text : {"", " ", "n/a", "12:30", "1 2", "0x10", "inf", "nan", "1e999", "--1",
                           "5 units of something long", "\xFF 5", "5 \xFF"}) {
    EXPECT_THAT(number.decode(text), kMalformed) << text;
  }
}

TEST(Csv, GivesEachLineTheNamesOfItsColumns) {
  CsvDecoder decoder({.columns = {"time", "t", "", "note"}, .separator = ';'});
  DecodeFixture csv(decoder);
  EXPECT_THAT(csv.decode("1763690400;21.50;x;\"a; \"\"b\"\"\"\r\n\r\n1763690401; 7 ;;\n"),
              ElementsAre(R"({"time":1763690400,"t":21.50,"note":"a; \"b\""})",
                          R"({"time":1763690401,"t":7})"));
  EXPECT_THAT(csv.decode("1"), ElementsAre(R"({"time":1})"));
  EXPECT_THAT(csv.decode(""), IsEmpty());
}

TEST(Csv, TakesTheNamesFromTheFirstLine) {
  CsvDecoder decoder({});
  DecodeFixture csv(decoder);
  EXPECT_THAT(csv.decode("a, b\n1,2\n3,x\n"),
              ElementsAre(R"({"a":1,"b":2})", R"({"a":3,"b":"x"})"));
  EXPECT_THAT(csv.decode("a,b\n"), IsEmpty());
  EXPECT_THAT(csv.decode(""), kMalformed);
}

TEST(Csv, RefusesTooManyValuesOpenQuotesAndOtherBytes) {
  CsvDecoder decoder({.columns = {"a", "b"}});
  DecodeFixture csv(decoder);
  EXPECT_THAT(csv.decode("1,2,3"), kMalformed);
  EXPECT_THAT(csv.decode("\"1,2"), kMalformed);
  EXPECT_THAT(csv.decode("\"1\"x,2"), kMalformed);
  EXPECT_THAT(csv.decode("\xC3,2"), kMalformed);
}

TEST(Csv, LooksAtNoMoreLinesThanMayBe) {
  CsvDecoder decoder({.columns = {"a"}});
  DecodeFixture csv(decoder);
  std::string lines;
  for (std::size_t i = 0; i <= Decoded::kMaxReadings; ++i) lines += "1\n";
  EXPECT_EQ(csv.decode(lines + "\"never closed").size(), Decoded::kMaxReadings);
}

using Type = LayoutField::Type;
using Endian = LayoutField::Endian;

TEST(BinaryLayout, ReadsEachTypeInBothOrders) {
  BinaryLayout decoder({{"a", 0, Type::U8},
                        {"b", 0, Type::I8},
                        {"c", 0, Type::U16},
                        {"d", 0, Type::I16, Endian::Big},
                        {"e", 0, Type::I24, Endian::Big},
                        {"f", 0, Type::U32},
                        {"g", 0, Type::I64, Endian::Big},
                        {"h", 8, Type::F32, Endian::Big},
                        {"i", 12, Type::F64},
                        {"j", 20, Type::Text, Endian::Little, 4}});
  DecodeFixture layout(decoder);
  EXPECT_THAT(
      layout.decode(from_hex("FE 01 02 03 04 05 06 07  41 AC 00 00  00 00 00 00 00 80 35 40  "
                             "6F 6B 00 7A  FF")),
      ElementsAre(R"({"a":254,"b":-2,"c":510,"d":-511,"e":-130814,"f":50463230,)"
                  R"("g":-143831501123549689,"h":21.5,"i":21.5,"j":"ok"})"));
}

TEST(BinaryLayout, RefusesAPayloadThatIsTooShort) {
  BinaryLayout decoder({{"a", 1, Type::U16}});
  DecodeFixture layout(decoder);
  EXPECT_THAT(layout.decode(from_hex("00 01 02")), ElementsAre(R"({"a":513})"));
  EXPECT_THAT(layout.decode(from_hex("00 01")), kMalformed);
  EXPECT_THAT(layout.decode(""), kMalformed);
}

TEST(BinaryLayout, SaysNullForWhatIsNoNumber) {
  BinaryLayout decoder({{"a", 0, Type::F32}});
  DecodeFixture layout(decoder);
  EXPECT_THAT(layout.decode(from_hex("00 00 C0 7F")), ElementsAre(R"({"a":null})"));
}

}  // namespace
}  // namespace gateway
