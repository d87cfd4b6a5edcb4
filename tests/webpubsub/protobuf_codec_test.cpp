// protobuf.webpubsub.azure.v1 byte by byte: what the published schema's numbers make of a frame.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webpubsub/protocol/codec.h"

namespace webpubsub {
namespace {

using namespace std::string_literals;

std::string encoded(const UpstreamFrame& frame) {
  std::string out;
  protobuf_codec().encode(frame, out);
  return out;
}
std::string encoded(const DownstreamFrame& frame) {
  std::string out;
  protobuf_codec().encode(frame, out);
  return out;
}

TEST(ProtobufCodec, UpstreamBytes) {
  EXPECT_EQ(encoded(SendToGroup{"g", 7, true, {DataType::Text, "hi"}}),
            "\x0A\x0D\x0A\x01g\x10\x07\x1A\x04\x0A\x02hi\x20\x01"s);
  EXPECT_EQ(encoded(SendEvent{"e", 7, {DataType::Binary, "\xFF"s}, {}}),
            "\x2A\x0A\x0A\x01"
            "e\x12\x03\x12\x01\xFF\x18\x07"s);
  EXPECT_EQ(encoded(JoinGroup{"g", 1}), "\x32\x05\x0A\x01g\x10\x01"s);
  EXPECT_EQ(encoded(LeaveGroup{"g", {}}), "\x3A\x03\x0A\x01g"s);
  EXPECT_EQ(encoded(SequenceAck{300}), "\x42\x03\x08\xAC\x02"s);
  EXPECT_EQ(encoded(UpstreamFrame(Ping{})), "\x4A\x00"s);
  EXPECT_EQ(encoded(Invoke{"1", "e", Data{DataType::Json, "{}"}}),
            "\x52\x0C\x0A\x01"
            "e\x12\x01"
            "1\x1A\x04\x22\x02{}"s);
  EXPECT_EQ(encoded(CancelInvocation{"1"}),
            "\x5A\x03\x0A\x01"
            "1"s);
  EXPECT_EQ(encoded(StreamData{"s", 1, Data{DataType::Text, "x"}}),
            "\x6A\x0A\x0A\x01s\x10\x01\x1A\x03\x0A\x01x"s);
  EXPECT_EQ(encoded(StreamEnd{"s", {}}), "\x72\x03\x0A\x01s"s);
  EXPECT_EQ(encoded(SetGroupState{"g", {}, 2}), "\x7A\x05\x0A\x01g\x10\x02"s);
  EXPECT_EQ(encoded(SubscribeGroupState{"g", {}}), "\x82\x01\x03\x0A\x01g"s);
  EXPECT_EQ(encoded(UnsubscribeGroupState{"g", {}}), "\x8A\x01\x03\x0A\x01g"s);
}

TEST(ProtobufCodec, DownstreamBytes) {
  EXPECT_EQ(encoded(Ack{7, true, {}, {}}), "\x0A\x04\x08\x07\x10\x01"s);
  EXPECT_EQ(encoded(Ack{7, false, "n", "m"}), "\x0A\x0A\x08\x07\x1A\x06\x0A\x01n\x12\x01m"s);
  EXPECT_EQ(encoded(ServerMessage{{DataType::Json, "1"}, 5, {}}),
            "\x12\x0F\x0A\x06server\x1A\x03\x22\x01"
            "1\x20\x05"s);
  EXPECT_EQ(encoded(Disconnected{"bye"}),
            "\x1A\x07\x12\x05\x12\x03"
            "bye"s);
  EXPECT_EQ(encoded(Connected{"c", "u", "t"}),
            "\x1A\x0B\x0A\x09\x0A\x01"
            "c\x12\x01u\x1A\x01t"s);
  EXPECT_EQ(encoded(DownstreamFrame(Pong{})), "\x22\x00"s);
}

TEST(ProtobufCodec, LargeIdsKeepEveryBit) {
  for (const AckId id : {AckId{0}, (AckId{1} << 53U) + 1, AckId{18446744073709551615U}}) {
    const auto frame = protobuf_codec().decode_upstream(encoded(JoinGroup{"g", id}));
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<JoinGroup>(*frame).ack_id, id);
  }
}

TEST(ProtobufCodec, EmptyPayloadsAreTherePayloadsThatAreNotAreAnError) {
  const auto empty =
      protobuf_codec().decode_upstream(encoded(SendToGroup{"g", {}, false, {DataType::Text, ""}}));
  ASSERT_TRUE(empty);
  EXPECT_EQ(std::get<SendToGroup>(*empty).data, (Data{DataType::Text, ""}));
  EXPECT_FALSE(protobuf_codec().decode_upstream("\x0A\x03\x0A\x01g"s));
  EXPECT_FALSE(protobuf_codec().decode_upstream("\x0A\x05\x0A\x01g\x1A\x00"s));
}

TEST(ProtobufCodec, AMessageOfMetadataAloneHasAnEmptyText) {
  const auto frame =
      protobuf_codec().decode_upstream("\x0A\x0B\x0A\x01g\x32\x06\x0A\x01k\x12\x01v"s);
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<SendToGroup>(*frame).data, (Data{DataType::Text, ""}));
  EXPECT_EQ(std::get<SendToGroup>(*frame).metadata, (StringMap{{"k", "v"}}));
}

class RefusedUpstream : public testing::TestWithParam<std::string> {};

TEST_P(RefusedUpstream, IsAProtocolError) {
  const auto frame = protobuf_codec().decode_upstream(GetParam());
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, Errc::Protocol);
}

INSTANTIATE_TEST_SUITE_P(
    ProtobufCodec, RefusedUpstream,
    testing::Values(""s, "\xFF\xFF"s, "\x0A\x7F"s,  // nothing, no protobuf, cut short
                    "\x12\x00"s,                    // a field that is not known
                    encoded(JoinGroup{" ", {}}),    // a blank group
                    encoded(SendEvent{"1", {}, {DataType::Text, "x"}, {}}),
                    encoded(SequenceAck{0}),  // counting begins at 1
                    encoded(SendToGroup{"g", {}, false, {DataType::Json, "{"}}),
                    encoded(SendToGroup{"g", {}, false, {DataType::Text, "x"}, 301}),
                    encoded(StreamData{"s", 0, Data{DataType::Text, "x"}}),
                    "\x32\x03\x0A\x01\xFF"s));  // not UTF-8

TEST(ProtobufCodec, WhatAClientDoesNotKnowIsPassedOver) {
  for (const auto& bytes : {""s, "\xA2\x01\x00"s, "\x12\x06\x0A\x04late"s}) {
    const auto frame = protobuf_codec().decode_downstream(bytes);
    ASSERT_TRUE(frame);
    EXPECT_TRUE(std::holds_alternative<UnknownFrame>(*frame));
  }
}

TEST(Codecs, AreFoundByName) {
  EXPECT_EQ(find_codec("json.webpubsub.azure.v1"), &json_codec());
  EXPECT_EQ(find_codec("JSON.Reliable.WebPubSub.Azure.V1"), &json_reliable_codec());
  EXPECT_EQ(find_codec("protobuf.webpubsub.azure.v1"), &protobuf_codec());
  EXPECT_EQ(find_codec("protobuf.reliable.webpubsub.azure.v1"), &protobuf_reliable_codec());
  EXPECT_EQ(find_codec("mqtt"), nullptr);
  EXPECT_EQ(known_subprotocols().size(), 4U);
}

}  // namespace
}  // namespace webpubsub
