// CBOR, MessagePack and SenML.

#include <gmock/gmock.h>

#include "bridge/rules/decode/cbor.h"
#include "bridge/rules/decode/message_pack.h"
#include "bridge/rules/decode/senml.h"
#include "tests/bridge/rules/decode_fixture.h"

namespace gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const auto kMalformed = ElementsAre("malformed");

// Most of it is from RFC 8949, appendix A.
TEST(Cbor, BecomesJson) {
  CborDecoder decoder;
  DecodeFixture cbor(decoder);
  EXPECT_THAT(cbor.decode(from_hex("18 64")), ElementsAre("100"));
  EXPECT_THAT(cbor.decode(from_hex("1B FFFFFFFFFFFFFFFF")), ElementsAre("18446744073709551615"));
  EXPECT_THAT(cbor.decode(from_hex("3B FFFFFFFFFFFFFFFF")), ElementsAre("-18446744073709551616"));
  EXPECT_THAT(cbor.decode(from_hex("3B 8000000000000000")), ElementsAre("-9223372036854775809"));
  EXPECT_THAT(cbor.decode(from_hex("39 03E7")), ElementsAre("-1000"));
  EXPECT_THAT(cbor.decode(from_hex("F9 3E00")), ElementsAre("1.5"));
  EXPECT_THAT(cbor.decode(from_hex("FA 3DCCCCCD")), ElementsAre("0.1"));
  EXPECT_THAT(cbor.decode(from_hex("FB 3FF199999999999A")), ElementsAre("1.1"));
  EXPECT_THAT(cbor.decode(from_hex("F9 7C00")), ElementsAre("null"));
  EXPECT_THAT(cbor.decode(from_hex("83 F4 F5 F6")), ElementsAre("[false,true,null]"));
  EXPECT_THAT(cbor.decode(from_hex("C1 1A 514B67B0")), ElementsAre("1363896240"));
  EXPECT_THAT(cbor.decode(from_hex("44 01020304")), ElementsAre("\"AQIDBA==\""));
  EXPECT_THAT(cbor.decode(from_hex("62 225C")), ElementsAre(R"("\"\\")"));
  EXPECT_THAT(cbor.decode(from_hex("A2 61 61 01 61 62 82 02 03")),
              ElementsAre(R"({"a":1,"b":[2,3]})"));
  EXPECT_THAT(cbor.decode(from_hex("A2 01 02 20 A0")), ElementsAre(R"({"1":2,"-1":{}})"));
}

TEST(Cbor, TakesLengthsThatAreNotSaidBeforehand) {
  CborDecoder decoder;
  DecodeFixture cbor(decoder);
  EXPECT_THAT(cbor.decode(from_hex("9F 01 82 02 03 9F 04 05 FF FF")),
              ElementsAre("[1,[2,3],[4,5]]"));
  EXPECT_THAT(cbor.decode(from_hex("BF 61 61 01 61 62 9F 02 03 FF FF")),
              ElementsAre(R"({"a":1,"b":[2,3]})"));
  EXPECT_THAT(cbor.decode(from_hex("7F 65 73 74 72 65 61 64 6D 69 6E 67 FF")),
              ElementsAre("\"streaming\""));
  EXPECT_THAT(cbor.decode(from_hex("5F 41 01 42 02 03 FF")), ElementsAre("\"AQID\""));
}

TEST(Cbor, RefusesWhatIsNone) {
  CborDecoder decoder;
  DecodeFixture cbor(decoder);
  for (const char* hex : {"", "18", "82 01", "01 02", "A1 01", "FF", "A1 FF", "BF 01 FF",
                          "7F 41 01 FF", "7F 01 FF", "A1 7F 01 FF 01", "A1 41 01 02", "A1 F5 01",
                          "61 FF", "1C", "BB FFFFFFFFFFFFFFFF", "9B FFFFFFFFFFFFFFFF", "5F"}) {
    EXPECT_THAT(cbor.decode(from_hex(hex)), kMalformed) << hex;
  }
  EXPECT_THAT(cbor.decode(std::string(64, '\x81') + '\x01'), testing::Not(kMalformed));
  EXPECT_THAT(cbor.decode(std::string(65, '\x81') + '\x01'), kMalformed);
  EXPECT_THAT(cbor.decode(std::string(500'000, '\x9F')), kMalformed);
}

TEST(MessagePack, BecomesJson) {
  MessagePackDecoder decoder;
  DecodeFixture pack(decoder);
  EXPECT_THAT(pack.decode(from_hex("82 A1 74 CB 4035800000000000 A1 68 28")),
              ElementsAre(R"({"t":21.5,"h":40})"));
  EXPECT_THAT(pack.decode(from_hex("95 C0 C2 C3 D0 9C CA 3DCCCCCD")),
              ElementsAre("[null,false,true,-100,0.1]"));
  EXPECT_THAT(pack.decode(from_hex("CF FFFFFFFFFFFFFFFF")), ElementsAre("18446744073709551615"));
  EXPECT_THAT(pack.decode(from_hex("C4 03 010203")), ElementsAre("\"AQID\""));
  EXPECT_THAT(pack.decode(from_hex("81 01 80")), ElementsAre(R"({"1":{}})"));
}

TEST(MessagePack, ReadsTimestampsOfEachSize) {
  MessagePackDecoder decoder;
  DecodeFixture pack(decoder);
  EXPECT_THAT(pack.decode(from_hex("D6 FF 00000001")), ElementsAre("1000"));
  EXPECT_THAT(pack.decode(from_hex("D7 FF 7735940000000001")), ElementsAre("1500"));
  EXPECT_THAT(pack.decode(from_hex("C7 0C FF 1DCD6500 FFFFFFFFFFFFFFFF")), ElementsAre("-500"));
  EXPECT_THAT(pack.decode(from_hex("D6 01 00000001")), kMalformed);
  EXPECT_THAT(pack.decode(from_hex("C7 0C FF 00000000 7FFFFFFFFFFFFFFF")), kMalformed);
}

TEST(MessagePack, RefusesWhatIsNone) {
  MessagePackDecoder decoder;
  DecodeFixture pack(decoder);
  for (const char* hex : {"", "C1", "92 01", "01 02", "81 C0 01", "81 90 01", "81 C4 01 01 01",
                          "A1 FF", "DD FFFFFFFF", "DF FFFFFFFF", "C9 FFFFFFFF 01", "A5 61"}) {
    EXPECT_THAT(pack.decode(from_hex(hex)), kMalformed) << hex;
  }
  EXPECT_THAT(pack.decode(std::string(64, '\x91') + '\x01'), testing::Not(kMalformed));
  EXPECT_THAT(pack.decode(std::string(65, '\x91') + '\x01'), kMalformed);
}

// RFC 8428, 5.1.3.
TEST(Senml, ResolvesWhatTheBaseFieldsSay) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  EXPECT_THAT(
      senml.decode(R"([{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A",)"
                   R"("bver":5,"n":"voltage","u":"V","v":120.1},)"
                   R"({"n":"current","t":-5,"v":1.2},{"n":"current","v":1.70}])"),
      ElementsAre(R"({"n":"urn:dev:ow:10e2073a0108006:voltage","u":"V","v":120.1})",
                  R"({"n":"urn:dev:ow:10e2073a0108006:current","u":"A","v":1.2})",
                  R"({"n":"urn:dev:ow:10e2073a0108006:current","u":"A","v":1.70})"));
  EXPECT_THAT(senml.times, ElementsAre(1'276'020'076'001, 1'276'020'071'001, 1'276'020'076'001));
}

TEST(Senml, LooksAtNoMoreRecordsThanMayBe) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  std::string pack = "[";
  for (std::size_t i = 0; i <= Decoded::kMaxReadings; ++i) pack += R"({"n":"a","v":1},)";
  EXPECT_EQ(senml.decode(pack + "\"no record\"]").size(), Decoded::kMaxReadings);
}

TEST(Senml, TakesOtherValuesSumsAndTimesFromNow) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  EXPECT_THAT(senml.decode(R"([{"bn":"d/","bv":20,"bs":100},{"n":"t","v":1.5,"t":-10},)"
                           R"({"n":"on","vb":true},{"n":"id","vs":"x"},{"n":"raw","vd":"AQI"},)"
                           R"({"n":"e","s":5},{"n":"base"}])"),
              ElementsAre(R"({"n":"d/t","v":21.5})", R"({"n":"d/on","vb":true})",
                          R"({"n":"d/id","vs":"x"})", R"({"n":"d/raw","vd":"AQI"})",
                          R"({"n":"d/e","s":105})", R"({"n":"d/base","v":20})"));
  EXPECT_EQ(senml.times[0], kArrival - 10'000);
  EXPECT_EQ(senml.times[1], kArrival);
}

// RFC 8428, 6: the same in CBOR.
TEST(Senml, ReadsCbor) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  EXPECT_THAT(
      senml.decode(from_hex("82 A5 21 63 64 31 3A 22 1A 56000000 23 63 43 65 6C "
                            "00 61 74 02 FB 4035800000000000  A2 00 61 68 04 F5")),
      ElementsAre(R"({"n":"d1:t","u":"Cel","v":21.5})", R"({"n":"d1:h","u":"Cel","vb":true})"));
  EXPECT_EQ(senml.times[0], 0x56000000LL * 1000);
}

TEST(Senml, LeavesOutLabelsOfCborThatItDoesNotKnow) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  EXPECT_THAT(senml.decode(from_hex("81 A4 00 61 61 02 01 1B 7FFFFFFFFFFFFFFF 01 "
                                    "3B 7FFFFFFFFFFFFFFF 01")),
              ElementsAre(R"({"n":"a","v":1})"));
}

TEST(Senml, RefusesWhatItMustNotRead) {
  SenmlDecoder decoder;
  DecodeFixture senml(decoder);
  for (const char* text : {"", "{}", "[1]", "[{\"v\":1}]", R"([{"n":"a","v":"1"}])",
                           R"([{"n":1,"v":1}])", R"([{"bver":11,"n":"a","v":1}])",
                           R"([{"n":"a","v":1,"new_":1}])", R"([{"n":"a","v":1,"t":1e300}])"}) {
    EXPECT_THAT(senml.decode(text), kMalformed) << text;
  }
  EXPECT_THAT(senml.decode("[]"), IsEmpty());
  EXPECT_THAT(senml.decode(R"([{"n":"a","v":1,"other":1}])"), ElementsAre(R"({"n":"a","v":1})"));
}

}  // namespace
}  // namespace gateway
