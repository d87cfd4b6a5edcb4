// Frames from service to client: the exact texts, and how much a client puts up with.

#include <string>

#include <gtest/gtest.h>

#include "webpubsub/protocol/codec.h"

namespace webpubsub {
namespace {

std::string encoded(const DownstreamFrame& frame) {
  std::string out = "what stood here before";
  json_codec().encode(frame, out);
  return out;
}

template <class Frame>
Frame decoded(std::string_view text) {
  const auto frame = json_codec().decode_downstream(text);
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

TEST(JsonCodecDownstream, ExactTexts) {
  EXPECT_EQ(
      encoded(Connected{"Xy12", "gw-1", "eyJ"}),
      R"({"type":"system","event":"connected","userId":"gw-1","connectionId":"Xy12","reconnectionToken":"eyJ"})");
  EXPECT_EQ(encoded(Connected{"Xy12", {}, {}}),
            R"({"type":"system","event":"connected","connectionId":"Xy12"})");
  EXPECT_EQ(
      encoded(Disconnected{"Application server closed the connection."}),
      R"({"type":"system","event":"disconnected","message":"Application server closed the connection."})");
  EXPECT_EQ(encoded(Ack{2, true, {}, {}}), R"({"type":"ack","ackId":2,"success":true})");
  EXPECT_EQ(
      encoded(Ack{2, false, "Forbidden", "no \"permission\""}),
      R"({"type":"ack","ackId":2,"success":false,"error":{"name":"Forbidden","message":"no \"permission\""}})");
  EXPECT_EQ(
      encoded(GroupMessage{"site-7", "dev-3", {DataType::Json, R"({"t":21.5})"}, 5}),
      R"({"sequenceId":5,"type":"message","from":"group","group":"site-7","fromUserId":"dev-3","dataType":"json","data":{"t":21.5}})");
  EXPECT_EQ(encoded(GroupMessage{"g", {}, {DataType::Binary, "\x01\x02\x03"}, {}}),
            R"({"type":"message","from":"group","group":"g","dataType":"binary","data":"AQID"})");
  EXPECT_EQ(encoded(ServerMessage{{DataType::Text, "hi"}, 6}),
            R"({"sequenceId":6,"type":"message","from":"server","dataType":"text","data":"hi"})");
  EXPECT_EQ(encoded(ServerMessage{{DataType::Protobuf, ""}, {}}),
            R"({"type":"message","from":"server","dataType":"protobuf","data":""})");
  EXPECT_EQ(encoded(Pong{}), R"({"type":"pong"})");
}

TEST(JsonCodecDownstream, ConnectedWithoutAUser) {
  for (const auto* text :
       {R"({"type":"system","event":"connected","connectionId":"c"})",
        R"({"type":"system","event":"connected","userId":null,"connectionId":"c"})",
        R"({"type":"system","event":"connected","userId":"","connectionId":"c","new":1})"}) {
    const auto frame = decoded<Connected>(text);
    EXPECT_EQ(frame.connection_id, "c");
    EXPECT_EQ(frame.user_id, "");
  }
  const auto full = decoded<Connected>(
      R"({"type":"system","event":"connected","userId":"u","connectionId":"c","reconnectionToken":"t"})");
  EXPECT_EQ(full.user_id, "u");
  EXPECT_EQ(full.reconnection_token, "t");
}

TEST(JsonCodecDownstream, Disconnected) {
  EXPECT_EQ(
      decoded<Disconnected>(R"({"type":"system","event":"disconnected","message":"bye"})").message,
      "bye");
  EXPECT_EQ(decoded<Disconnected>(R"({"type":"system","event":"disconnected"})").message, "");
}

TEST(JsonCodecDownstream, Acks) {
  const auto good = decoded<Ack>(R"({"type":"ack","ackId":18446744073709551615,"success":true})");
  EXPECT_EQ(good.ack_id, 18446744073709551615U);
  EXPECT_TRUE(good.success);
  const auto bad = decoded<Ack>(
      R"({"type":"ack","ackId":1,"success":false,"error":{"message":"m","name":"Forbidden","x":1}})");
  EXPECT_FALSE(bad.success);
  EXPECT_EQ(bad.error_name, "Forbidden");
  EXPECT_EQ(bad.error_message, "m");
  EXPECT_EQ(decoded<Ack>(R"({"type":"ack","ackId":1,"success":false,"error":null})").error_name,
            "");
  EXPECT_FALSE(decoded<Ack>(R"({"type":"ack","ackId":1})").success);
}

TEST(JsonCodecDownstream, GroupMessages) {
  const auto frame = decoded<GroupMessage>(
      R"({"sequenceId":9007199254740993,"type":"message","from":"group","group":"s","fromUserId":"d","dataType":"json","data":{ "t":21.50 }})");
  EXPECT_EQ(frame.group, "s");
  EXPECT_EQ(frame.from_user_id, "d");
  EXPECT_EQ(frame.data.bytes, "{ \"t\":21.50 }");
  EXPECT_EQ(frame.sequence_id, 9007199254740993U);
  const auto anonymous = decoded<GroupMessage>(
      R"({"type":"message","from":"group","group":"s","fromUserId":null,"dataType":"binary","data":"AQID"})");
  EXPECT_EQ(anonymous.from_user_id, "");
  EXPECT_EQ(anonymous.data.bytes, "\x01\x02\x03");
  EXPECT_EQ(anonymous.sequence_id, std::nullopt);
}

TEST(JsonCodecDownstream, ServerMessages) {
  EXPECT_EQ(decoded<ServerMessage>(
                R"({"type":"message","from":"server","dataType":"text","data":"a\u00e4"})")
                .data.bytes,
            "a\xC3\xA4");
  EXPECT_EQ(
      decoded<ServerMessage>(R"({"type":"message","from":"server","dataType":"json","data":null})")
          .data.bytes,
      "null");
  EXPECT_EQ(decoded<ServerMessage>(
                R"({"type":"message","from":"server","dataType":"protobuf","data":"Cg=="})")
                .data.type,
            DataType::Protobuf);
}

TEST(JsonCodecDownstream, WhatItDoesNotKnowIsUnknown) {
  decoded<Pong>(R"({"type":"pong","and":"more"})");
  EXPECT_EQ(decoded<UnknownFrame>(R"({"type":"presenceUpdate","streamId":"1"})").type,
            "presenceUpdate");
  EXPECT_EQ(decoded<UnknownFrame>(R"({"type":"Pong"})").type, "Pong");
  EXPECT_EQ(decoded<UnknownFrame>(R"({"type":"system","event":"news"})").type, "system");
  EXPECT_EQ(decoded<UnknownFrame>(R"({"type":"system"})").type, "system");
  for (const auto* text : {R"({"type":"message","from":"all","dataType":"text","data":"x"})",
                           R"({"type":"message","dataType":"text","data":"x"})",
                           R"({"type":"message","from":"server","dataType":"cbor","data":"x"})",
                           R"({"type":"message","from":"server","data":"x"})"}) {
    EXPECT_EQ(decoded<UnknownFrame>(text).type, "message");
  }
}

class JsonCodecDownstreamRefuses : public testing::TestWithParam<std::string_view> {};
TEST_P(JsonCodecDownstreamRefuses, WithAProtocolError) {
  const auto frame = json_codec().decode_downstream(GetParam());
  ASSERT_FALSE(frame) << GetParam();
  EXPECT_EQ(frame.error().code, Errc::Protocol);
  EXPECT_FALSE(frame.error().message.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Table, JsonCodecDownstreamRefuses,
    testing::Values(
        "", "{", "[]", "1", "{}", R"({"type":5})", "garbage", "{\"type\":\"\xFF\"}",
        R"({"type":"ack"})", R"({"type":"ack","ackId":"1","success":true})",
        R"({"type":"ack","ackId":1.5,"success":true})",
        R"({"type":"message","from":"group","dataType":"text","data":"x"})",
        R"({"type":"message","from":"server","dataType":"text","data":1})",
        R"({"type":"message","from":"server","dataType":"json"})",
        R"({"type":"message","from":"server","dataType":"binary","data":"%"})",
        R"({"type":"message","from":"server","dataType":"text","data":"x","sequenceId":"1"})"));

}  // namespace
}  // namespace webpubsub
