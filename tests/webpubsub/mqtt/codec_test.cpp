// Packets against bytes put together by hand from the two standards.

#include "webpubsub/protocol/mqtt/codec.h"

#include <gtest/gtest.h>

#include "tests/webpubsub/mqtt/bytes.h"

namespace webpubsub::mqtt {
namespace {

void expect_both_ways(const Packet& packet, Version version, std::string_view written) {
  const std::string wire = bytes(written);
  std::string encoded;
  encode(packet, version, encoded);
  EXPECT_EQ(encoded, wire);
  const auto decoded = decode(wire, version);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, packet);
}

TEST(MqttCodec, ConnectOf311) {
  Connect packet{.version = Version::V311, .keep_alive_seconds = 60, .client_id = "dash"};
  expect_both_ways(packet, Version::V311, "10 10 00 04 'MQTT' 04 02 00 3C 00 04 'dash'");
  packet.clean_start = false;
  packet.username = "u";
  packet.password = "p";
  expect_both_ways(packet, Version::V311,
                   "10 16 00 04 'MQTT' 04 C0 00 3C 00 04 'dash' 00 01 'u' 00 01 'p'");
}

TEST(MqttCodec, ConnectOf5WithAWill) {
  Connect packet{.keep_alive_seconds = 10, .client_id = "a"};
  packet.properties.session_expiry_seconds = 30;
  packet.properties.receive_maximum = 20;
  Will& will = packet.will.emplace();
  will = {.topic = "gone", .payload = "bye", .qos = Qos::AtLeastOnce, .retain = true};
  will.properties.will_delay_seconds = 5;
  expect_both_ways(packet, Version::V5,
                   "10 27 00 04 'MQTT' 05 2E 00 0A  08 11 00 00 00 1E 21 00 14  00 01 'a'"
                   " 05 18 00 00 00 05  00 04 'gone'  00 03 'bye'");
}

TEST(MqttCodec, ConnectTellsItsVersionItself) {
  std::string wire;
  encode(Connect{.version = Version::V311, .client_id = "x"}, Version::V5, wire);
  const auto packet = decode(wire, Version::V5);
  ASSERT_TRUE(packet);
  EXPECT_EQ(std::get<Connect>(*packet).version, Version::V311);
}

TEST(MqttCodec, ConnackSaysNoInTheWordsOfEachVersion) {
  const Connack refused{.reason = ReasonCode::NotAuthorized};
  expect_both_ways(refused, Version::V311, "20 02 00 05");
  expect_both_ways(refused, Version::V5, "20 03 00 87 00");
  Connack taken{.session_present = true};
  taken.properties.assigned_client_id = "c1";
  taken.properties.retain_available = false;
  expect_both_ways(taken, Version::V5, "20 0A 01 00 07 12 00 02 'c1' 25 00");
}

TEST(MqttCodec, A311ConnackHasNoWordForMostReasons) {
  std::string wire;
  encode(Connack{.reason = ReasonCode::QuotaExceeded}, Version::V311, wire);
  EXPECT_EQ(wire, bytes("20 02 00 03"));  // server unavailable: try again later
}

TEST(MqttCodec, PublishWithAndWithoutAnId) {
  expect_both_ways(Publish{.topic = "g", .payload = "21.5"}, Version::V311,
                   "30 07 00 01 'g' '21.5'");
  Publish packet{
      .topic = "g", .payload = "x", .qos = Qos::ExactlyOnce, .duplicate = true, .packet_id = 258};
  expect_both_ways(packet, Version::V311, "3C 06 00 01 'g' 01 02 'x'");
  packet.retain = true;
  packet.properties.payload_is_text = true;
  packet.properties.correlation_data = std::string("\0\xFF", 2);
  packet.properties.subscription_ids = {1, 200};
  packet.properties.user_properties = {{"k", "v"}, {"k", "w"}};
  expect_both_ways(packet, Version::V5,
                   "3D 21 00 01 'g' 01 02  1A 01 01  09 00 02 00 FF  0B 01  0B C8 01"
                   " 26 00 01 'k' 00 01 'v'  26 00 01 'k' 00 01 'w'  'x'");
}

TEST(MqttCodec, AnEmptyPayloadAndAnAliasInPlaceOfATopic) {
  expect_both_ways(Publish{.topic = "g"}, Version::V5, "30 04 00 01 'g' 00");
  Publish aliased{.payload = "x"};
  aliased.properties.topic_alias = 3;
  expect_both_ways(aliased, Version::V5, "30 07 00 00 03 23 00 03 'x'");
}

TEST(MqttCodec, AnswersToAPublishAreAsShortAsTheyMayBe) {
  expect_both_ways(Puback{.packet_id = 7}, Version::V311, "40 02 00 07");
  expect_both_ways(Puback{.packet_id = 7}, Version::V5, "40 02 00 07");
  expect_both_ways(Pubrec{.packet_id = 7, .reason = ReasonCode::QuotaExceeded}, Version::V5,
                   "50 03 00 07 97");
  expect_both_ways(Pubrel{.packet_id = 7}, Version::V5, "62 02 00 07");
  Pubcomp packet{.packet_id = 7, .reason = ReasonCode::PacketIdentifierNotFound};
  packet.properties.reason_string = "no";
  expect_both_ways(packet, Version::V5, "70 09 00 07 92 05 1F 00 02 'no'");
}

TEST(MqttCodec, SubscribeAndItsAnswer) {
  Subscribe packet{.packet_id = 1};
  packet.subscriptions.push_back({.filter = "a", .qos = Qos::AtLeastOnce});
  expect_both_ways(packet, Version::V311, "82 06 00 01 00 01 'a' 01");
  packet.subscriptions.push_back({.filter = "b",
                                  .qos = Qos::ExactlyOnce,
                                  .no_local = true,
                                  .retain_as_published = true,
                                  .retain_handling = RetainHandling::DoNotSend});
  packet.properties.subscription_ids = {129};
  expect_both_ways(packet, Version::V5, "82 0E 00 01 03 0B 81 01 00 01 'a' 01 00 01 'b' 2E");
  expect_both_ways(
      Suback{.packet_id = 1, .reasons = {ReasonCode::GrantedQos1, ReasonCode::NotAuthorized}},
      Version::V5, "90 05 00 01 00 01 87");
  std::string wire;
  encode(Suback{.packet_id = 1, .reasons = {ReasonCode::NotAuthorized}}, Version::V311, wire);
  EXPECT_EQ(wire, bytes("90 03 00 01 80"));
}

TEST(MqttCodec, UnsubscribeAndItsAnswer) {
  const Unsubscribe packet{.packet_id = 2, .filters = {"a", "bc"}};
  expect_both_ways(packet, Version::V311, "A2 09 00 02 00 01 'a' 00 02 'bc'");
  expect_both_ways(packet, Version::V5, "A2 0A 00 02 00 00 01 'a' 00 02 'bc'");
  expect_both_ways(Unsuback{.packet_id = 2}, Version::V311, "B0 02 00 02");
  expect_both_ways(Unsuback{.packet_id = 2, .reasons = {ReasonCode::NoSubscriptionExisted}},
                   Version::V5, "B0 04 00 02 00 11");
}

TEST(MqttCodec, PacketsOfTwoBytes) {
  for (const Version version : {Version::V311, Version::V5}) {
    expect_both_ways(Pingreq{}, version, "C0 00");
    expect_both_ways(Pingresp{}, version, "D0 00");
    expect_both_ways(Disconnect{}, version, "E0 00");
  }
}

TEST(MqttCodec, DisconnectAndAuthOf5) {
  expect_both_ways(Disconnect{.reason = ReasonCode::ServerShuttingDown}, Version::V5, "E0 01 8B");
  Auth packet{.reason = ReasonCode::ContinueAuthentication};
  packet.properties.authentication_method = "M";
  packet.properties.authentication_data = "d";
  expect_both_ways(packet, Version::V5, "F0 0A 18 08 15 00 01 'M' 16 00 01 'd'");
  std::string wire;
  encode(packet, Version::V311, wire);
  EXPECT_EQ(wire, "");
}

TEST(MqttCodec, EncodeAppends) {
  std::string wire = bytes("C0 00");
  encode(Pingresp{}, Version::V5, wire);
  EXPECT_EQ(wire, bytes("C0 00 D0 00"));
}

TEST(MqttCodec, LengthsOfEachSize) {  // the borders of 5.0, table 1-1
  for (const std::size_t length : {127U, 128U, 16'383U, 16'384U, 2'097'151U, 2'097'152U}) {
    const Publish packet{.topic = "g", .payload = std::string(length - 4, 'x')};
    std::string wire;
    encode(packet, Version::V5, wire);
    const auto decoded = decode(wire, Version::V5);
    ASSERT_TRUE(decoded) << length;
    EXPECT_EQ(*decoded, Packet(packet)) << length;
  }
}

TEST(MqttCodec, ReasonsHaveTheirNames) {
  EXPECT_EQ(to_string(ReasonCode::NotAuthorized), "not authorized");
  EXPECT_EQ(to_string(static_cast<ReasonCode>(0x7F)), "unknown");
  EXPECT_EQ(find_reason_code(0x9E), ReasonCode::SharedSubscriptionsNotSupported);
  EXPECT_EQ(find_reason_code(0x03), std::nullopt);
}

}  // namespace
}  // namespace webpubsub::mqtt
