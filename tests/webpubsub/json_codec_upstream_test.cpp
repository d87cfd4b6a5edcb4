// Frames from client to service: the exact texts, and what is refused with which words.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webpubsub/protocol/codec.h"

namespace webpubsub {
namespace {

std::string encoded(const UpstreamFrame& frame) {
  std::string out = "what stood here before";
  json_codec().encode(frame, out);
  return out;
}

template <class Frame>
Frame decoded(std::string_view text) {
  const auto frame = json_codec().decode_upstream(text);
  if (!frame) {
    ADD_FAILURE() << text << ": " << frame.error().message;
    return {};
  }
  if (!std::holds_alternative<Frame>(*frame)) {
    ADD_FAILURE() << text << ": another kind, index " << frame->index();
    return {};
  }
  return std::get<Frame>(*frame);
}

TEST(JsonCodecUpstream, ItsNames) {
  EXPECT_EQ(json_codec().subprotocol(), "json.webpubsub.azure.v1");
  EXPECT_FALSE(json_codec().is_binary());
}

TEST(JsonCodecUpstream, ExactTexts) {
  EXPECT_EQ(encoded(JoinGroup{"site-7", 1}), R"({"type":"joinGroup","group":"site-7","ackId":1})");
  EXPECT_EQ(encoded(JoinGroup{"site-7", {}}), R"({"type":"joinGroup","group":"site-7"})");
  EXPECT_EQ(encoded(LeaveGroup{"a\"b", 18446744073709551615U}),
            R"({"type":"leaveGroup","group":"a\"b","ackId":18446744073709551615})");
  EXPECT_EQ(
      encoded(SendToGroup{"site-7", 2, true, {DataType::Json, R"({"t":21.5})"}}),
      R"({"type":"sendToGroup","group":"site-7","ackId":2,"noEcho":true,"dataType":"json","data":{"t":21.5}})");
  EXPECT_EQ(encoded(SendToGroup{"raw", {}, false, {DataType::Binary, "\x01\x02\x03"}}),
            R"({"type":"sendToGroup","group":"raw","dataType":"binary","data":"AQID"})");
  EXPECT_EQ(encoded(SendToGroup{"g", 0, false, {DataType::Protobuf, "\x0A"}}),
            R"({"type":"sendToGroup","group":"g","ackId":0,"dataType":"protobuf","data":"Cg=="})");
  EXPECT_EQ(encoded(SendEvent{"telemetry", 3, {DataType::Text, "hello"}}),
            R"({"type":"event","event":"telemetry","ackId":3,"dataType":"text","data":"hello"})");
  EXPECT_EQ(encoded(SendEvent{"e", {}, {DataType::Text, "a\nb"}}),
            R"({"type":"event","event":"e","dataType":"text","data":"a\nb"})");
  EXPECT_EQ(encoded(Ping{}), R"({"type":"ping"})");
  EXPECT_EQ(encoded(SequenceAck{412}), R"({"type":"sequenceAck","sequenceId":412})");
}

TEST(JsonCodecUpstream, TheShortWayWritesTheSame) {
  const SendToGroup frame{"g\xC3\xA4", 7, true, {DataType::Text, "x\"y"}};
  std::string out = "old";
  json_codec().encode_send_to_group(frame.group, frame.data.type, frame.data.bytes, frame.ack_id,
                                    frame.no_echo, out);
  EXPECT_EQ(out, encoded(frame));
}

TEST(JsonCodecUpstream, PayloadsPassByteForByte) {
  const auto frame = decoded<SendToGroup>(
      R"({ "type":"sendToGroup" , "group":"g","data" : { "z":1.50, "a":1e2,"big":12345678901234567890123 } ,"x":[]})");
  EXPECT_EQ(frame.data.bytes, R"({ "z":1.50, "a":1e2,"big":12345678901234567890123 })");
  EXPECT_EQ(frame.data.type, DataType::Json);
  EXPECT_FALSE(frame.no_echo);
  EXPECT_EQ(frame.ack_id, std::nullopt);
}

TEST(JsonCodecUpstream, AnyJsonValueButNullIsAPayload) {
  const auto data = [](std::string_view value) {
    return decoded<SendToGroup>(R"({"type":"sendToGroup","group":"g","dataType":"json","data":)" +
                                std::string(value) + "}")
        .data.bytes;
  };
  for (const auto* value : {"1", "-0.0", "true", "false", "[]", "[ 1 ]", "{}", R"("")",
                            R"("a\u0041\"b")", R"(["\\"])"}) {
    EXPECT_EQ(data(value), value);
  }
}

TEST(JsonCodecUpstream, TextAndBinaryAreDecoded) {
  EXPECT_EQ(decoded<SendEvent>(
                R"({"type":"event","event":"e","dataType":"text","data":"a\n\u20ac\ud83d\ude00"})")
                .data.bytes,
            "a\n\xE2\x82\xAC\xF0\x9F\x98\x80");
  const auto binary = decoded<SendToGroup>(
      R"({"type":"sendToGroup","group":"g","dataType":"binary","data":"+\/+\u002B"})");
  EXPECT_EQ(binary.data.bytes, "\xFB\xFF\xBE");
  EXPECT_EQ(binary.data.type, DataType::Binary);
  EXPECT_EQ(decoded<SendToGroup>(
                R"({"type":"sendToGroup","group":"g","dataType":"protobuf","data":"Cg=="})")
                .data.type,
            DataType::Protobuf);
  EXPECT_EQ(
      decoded<SendToGroup>(R"({"type":"sendToGroup","group":"g","dataType":"text","data":""})")
          .data.bytes,
      "");
}

TEST(JsonCodecUpstream, AckIdsKeepAll64Bits) {
  const auto ack_id = [](std::string_view value) {
    return decoded<JoinGroup>(R"({"type":"joinGroup","group":"g","ackId":)" + std::string(value) +
                              "}")
        .ack_id;
  };
  EXPECT_EQ(ack_id("0"), 0U);
  EXPECT_EQ(ack_id("9007199254740993"), 9007199254740993U);
  EXPECT_EQ(ack_id("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(ack_id("null"), std::nullopt);
}

TEST(JsonCodecUpstream, WhatTheServiceTolerates) {
  decoded<Ping>(R"({"type":"ping","new":{"deep":[1]}})");
  decoded<Ping>(R"({"type":"PING"})");
  EXPECT_EQ(decoded<JoinGroup>(R"({"group":"b","TYPE":"x","type":"JoinGroup"})").group, "b");
  EXPECT_EQ(decoded<LeaveGroup>(R"({"type":"joinGroup","group":"a","type":"leaveGroup"})").group,
            "a");
  const auto nulls = decoded<SendToGroup>(
      R"({"type":"sendToGroup","group":"g","noEcho":null,"dataType":null,"ttlSeconds":null,"data":1})");
  EXPECT_FALSE(nulls.no_echo);
  EXPECT_TRUE(decoded<SendToGroup>(
                  R"({"type":"sendToGroup","group":"g","noEcho":true,"ttlSeconds":300,"data":1})")
                  .no_echo);
  const auto metadata =
      decoded<SendToGroup>(R"({"type":"sendToGroup","group":"g","metadata":{"k":"v"}})");
  EXPECT_EQ(metadata.data.type, DataType::Text);
  EXPECT_EQ(metadata.data.bytes, "");
  EXPECT_EQ(decoded<SequenceAck>(R"({"type":"sequenceAck","sequenceId":18446744073709551615})")
                .sequence_id,
            18446744073709551615U);
}

TEST(JsonCodecUpstream, MegabytesPass) {
  const std::string text(1'000'000, 'x');
  EXPECT_EQ(
      decoded<SendToGroup>(encoded(SendToGroup{"g", 1, false, {DataType::Text, text}})).data.bytes,
      text);
  const std::string bytes(700'000, '\xFE');
  EXPECT_EQ(decoded<SendToGroup>(encoded(SendToGroup{"g", 1, false, {DataType::Binary, bytes}}))
                .data.bytes,
            bytes);
}

struct Malformed {
  std::string_view text;
  std::string_view message;
};
class JsonCodecUpstreamRefuses : public testing::TestWithParam<Malformed> {};
TEST_P(JsonCodecUpstreamRefuses, WithAReason) {
  const auto frame = json_codec().decode_upstream(GetParam().text);
  ASSERT_FALSE(frame) << GetParam().text;
  EXPECT_EQ(frame.error().code, Errc::Protocol);
  EXPECT_EQ(frame.error().message, GetParam().message) << GetParam().text;
}

constexpr std::string_view kNotJson = "the message is not valid JSON";
constexpr std::string_view kBadGroup = "group is not a valid group name";
constexpr std::string_view kBadAckId = "ackId is not an unsigned 64-bit number";
constexpr std::string_view kBadEvent = "event is not a valid event name";
constexpr std::string_view kNotAString = "data is not a string although its dataType needs one";
INSTANTIATE_TEST_SUITE_P(
    Table, JsonCodecUpstreamRefuses,
    testing::Values(
        Malformed{"", kNotJson}, Malformed{"ping", kNotJson},
        Malformed{R"({"\udc00":1,"type":"ping"})", kNotJson},
        Malformed{R"({"type":"ping"}x)", kNotJson}, Malformed{R"({"type":"ping",})", kNotJson},
        Malformed{"{\"type\":\"ping\",\"x\":\"\xC3\"}", kNotJson},
        Malformed{"[]", "the message is not a JSON object"},
        Malformed{"\"ping\"", "the message is not a JSON object"},
        Malformed{"{}", "type is missing"}, Malformed{R"({"type":null})", "type is missing"},
        Malformed{R"({"type":1})", "type is missing"},
        Malformed{R"({"Type":"ping"})", "type is missing"},
        Malformed{R"({"type":""})", "type is not known"},
        Malformed{R"({"type":"pings"})", "type is not known"},
        Malformed{R"({"type":"message"})", "type is not known"},
        Malformed{R"({"type":"joinGroup"})", kBadGroup},
        Malformed{R"({"type":"joinGroup","group":1})", kBadGroup},
        Malformed{R"({"type":"joinGroup","group":null})", kBadGroup},
        Malformed{R"({"type":"joinGroup","group":""})", kBadGroup},
        Malformed{R"({"type":"leaveGroup","group":" "})", kBadGroup},
        Malformed{R"({"type":"joinGroup","group":"g","ackId":"1"})", kBadAckId},
        Malformed{R"({"type":"joinGroup","group":"g","ackId":-1})", kBadAckId},
        Malformed{R"({"type":"joinGroup","group":"g","ackId":1.0})", kBadAckId},
        Malformed{R"({"type":"joinGroup","group":"g","ackId":1e3})", kBadAckId},
        Malformed{R"({"type":"joinGroup","group":"g","ackId":18446744073709551616})", kBadAckId},
        Malformed{R"({"type":"leaveGroup","group":"g","ackId":true})", kBadAckId},
        Malformed{R"({"type":"sendToGroup","data":1})", kBadGroup},
        Malformed{R"({"type":"sendToGroup","group":"g","ackId":[],"data":1})", kBadAckId},
        Malformed{R"({"type":"sendToGroup","group":"g"})", "data is missing"},
        Malformed{R"({"type":"sendToGroup","group":"g","data":null})", "data is missing"},
        Malformed{R"({"type":"sendToGroup","group":"g","metadata":"x","data":1})",
                  "metadata is not an object of strings"},
        Malformed{R"({"type":"sendToGroup","group":"g","noEcho":"true","data":1})",
                  "noEcho is not a boolean"},
        Malformed{R"({"type":"sendToGroup","group":"g","noEcho":1,"data":1})",
                  "noEcho is not a boolean"},
        Malformed{R"({"type":"sendToGroup","group":"g","ttlSeconds":301,"data":1})",
                  "ttlSeconds is not a number from 0 to 300"},
        Malformed{R"({"type":"sendToGroup","group":"g","ttlSeconds":-1,"data":1})",
                  "ttlSeconds is not a number from 0 to 300"},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"xml","data":1})",
                  "dataType is none of json, text, binary, protobuf"},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":1,"data":1})",
                  "dataType is none of json, text, binary, protobuf"},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"text","data":1})", kNotAString},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"binary","data":[]})",
                  kNotAString},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"binary","data":"AQI"})",
                  "data is not base64"},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"binary","data":"_-=="})",
                  "data is not base64"},
        Malformed{R"({"type":"sendToGroup","group":"g","dataType":"protobuf","data":"A B="})",
                  "data is not base64"},
        Malformed{R"({"type":"event","data":1})", kBadEvent},
        Malformed{R"({"type":"event","event":"1x","data":1})", kBadEvent},
        Malformed{R"({"type":"event","event":"e","ackId":"x","data":1})", kBadAckId},
        Malformed{R"({"type":"event","event":"e"})", "data is missing"},
        Malformed{R"({"type":"sequenceAck"})", "sequenceId is not a positive number"},
        Malformed{R"({"type":"sequenceAck","sequenceId":0})",
                  "sequenceId is not a positive number"},
        Malformed{R"({"type":"sequenceAck","sequenceId":"5"})",
                  "sequenceId is not a positive number"}));

}  // namespace
}  // namespace webpubsub
