// The parts of the MQTT endpoint that need no socket.

#include <gtest/gtest.h>

#include "hub/mqtt/connect_terms.h"
#include "hub/mqtt/outgoing_messages.h"
#include "hub/mqtt/translation.h"

namespace webpubsub::hub {
namespace {

using namespace std::chrono_literals;
using mqtt::PacketId;
using mqtt::Qos;
using mqtt::ReasonCode;

const TimePoint kStart{};

mqtt::Publish message(std::string payload, Qos qos = Qos::AtLeastOnce) {
  return {.topic = "g", .payload = std::move(payload), .qos = qos};
}

/// Sends what there is to send: payloads, and "release N" for a PUBREL.
std::vector<std::string> drain(OutgoingMessages& outgoing, TimePoint now = kStart) {
  std::vector<std::string> seen;
  while (const auto packet = outgoing.next(now)) {
    outgoing.sent();
    if (const auto* publish = std::get_if<mqtt::Publish>(&*packet)) {
      seen.push_back((publish->duplicate ? "again " : "") + publish->payload + " " +
                     std::to_string(publish->packet_id));
    } else {
      seen.push_back("release " + std::to_string(std::get<mqtt::Pubrel>(*packet).packet_id));
    }
  }
  return seen;
}

using Seen = std::vector<std::string>;

TEST(MqttOutgoingMessages, AsManyInFlightAsTheClientTakes) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  outgoing.start_over(2);
  for (const char* payload : {"a", "b", "c"}) ASSERT_TRUE(outgoing.add(message(payload), kStart));
  EXPECT_EQ(drain(outgoing), (Seen{"a 1", "b 2"}));
  EXPECT_FALSE(outgoing.on_puback(3));
  EXPECT_TRUE(outgoing.on_puback(1));
  EXPECT_EQ(drain(outgoing), (Seen{"c 3"}));
  EXPECT_EQ(outgoing.size(), 2U);
}

TEST(MqttOutgoingMessages, ExactlyOnceTakesTwoAnswers) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  outgoing.start_over(1);
  ASSERT_TRUE(outgoing.add(message("a", Qos::ExactlyOnce), kStart));
  EXPECT_EQ(drain(outgoing), (Seen{"a 1"}));
  EXPECT_FALSE(outgoing.on_puback(1));
  EXPECT_FALSE(outgoing.on_pubcomp(1));
  EXPECT_TRUE(outgoing.on_pubrec(1, false));
  EXPECT_EQ(drain(outgoing), (Seen{"release 1"}));
  EXPECT_TRUE(outgoing.on_pubcomp(1));
  EXPECT_EQ(outgoing.size(), 0U);
}

TEST(MqttOutgoingMessages, ARefusalEndsAMessage) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  ASSERT_TRUE(outgoing.add(message("a", Qos::ExactlyOnce), kStart));
  EXPECT_EQ(drain(outgoing), (Seen{"a 1"}));
  EXPECT_TRUE(outgoing.on_pubrec(1, true));
  EXPECT_EQ(outgoing.size(), 0U);
}

TEST(MqttOutgoingMessages, WhatIsNotConfirmedComesAgainInOrder) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  outgoing.start_over(3);
  ASSERT_TRUE(outgoing.add(message("a"), kStart));
  ASSERT_TRUE(outgoing.add(message("b", Qos::ExactlyOnce), kStart));
  ASSERT_TRUE(outgoing.add(message("c", Qos::ExactlyOnce), kStart));
  ASSERT_TRUE(outgoing.add(message("d"), kStart));
  drain(outgoing);
  ASSERT_TRUE(outgoing.on_pubrec(2, false));
  outgoing.start_over(3);
  EXPECT_EQ(drain(outgoing), (Seen{"again a 1", "release 2", "again c 3"}));
  EXPECT_TRUE(outgoing.on_puback(1));
  EXPECT_EQ(drain(outgoing), (Seen{"d 4"}));
}

TEST(MqttOutgoingMessages, HasABoundInCountAndInBytes) {
  OutgoingMessages few({.messages = 2, .bytes = 100});
  EXPECT_TRUE(few.add(message("a"), kStart));
  EXPECT_TRUE(few.add(message("b"), kStart));
  EXPECT_FALSE(few.add(message("c"), kStart));

  OutgoingMessages small({.messages = 10, .bytes = 5});
  EXPECT_TRUE(small.add(message("larger than all"), kStart)) << "one message always fits";
  EXPECT_FALSE(small.add(message("b"), kStart));
  drain(small);
  EXPECT_TRUE(small.on_puback(1));
  EXPECT_TRUE(small.add(message("b"), kStart));
}

TEST(MqttOutgoingMessages, BytesAreGivenBackOfExactlyOnceToo) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 5});
  for (PacketId id = 1; id <= 20; ++id) {
    ASSERT_TRUE(outgoing.add(message("12345", Qos::ExactlyOnce), kStart)) << id;
    drain(outgoing);
    ASSERT_TRUE(outgoing.on_pubrec(id, false));
    drain(outgoing);
    ASSERT_TRUE(outgoing.on_pubcomp(id));
  }
}

TEST(MqttOutgoingMessages, WhatExpiresWhileItWaitsIsNotSent) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  auto brief = message("brief");
  brief.properties.message_expiry_seconds = 5;
  ASSERT_TRUE(outgoing.add(brief, kStart));
  auto longer = message("longer");
  longer.properties.message_expiry_seconds = 60;
  ASSERT_TRUE(outgoing.add(longer, kStart));
  const auto packet = outgoing.next(kStart + 10s);
  ASSERT_TRUE(packet);
  EXPECT_EQ(std::get<mqtt::Publish>(*packet).payload, "longer");
  EXPECT_EQ(std::get<mqtt::Publish>(*packet).properties.message_expiry_seconds, 50U);
  EXPECT_EQ(outgoing.expired(), 1U);
}

TEST(MqttOutgoingMessages, IdsGoRoundWithoutZeroAndWithoutThoseInUse) {
  OutgoingMessages outgoing({.messages = 10, .bytes = 100});
  outgoing.start_over(10);
  ASSERT_TRUE(outgoing.add(message("stays"), kStart));
  EXPECT_EQ(drain(outgoing), (Seen{"stays 1"}));
  for (int i = 2; i <= 65'535; ++i) {
    ASSERT_TRUE(outgoing.add(message("x"), kStart));
    drain(outgoing);
    ASSERT_TRUE(outgoing.on_puback(static_cast<PacketId>(i)));
  }
  ASSERT_TRUE(outgoing.add(message("next"), kStart));
  EXPECT_EQ(drain(outgoing), (Seen{"next 2"}));
}

// ---- CONNECT -------------------------------------------------------------------------------

ReasonCode refusal(const mqtt::Connect& packet) {
  const auto terms = settle(packet, 30s);
  return terms ? ReasonCode::Success : static_cast<ReasonCode>(terms.error().service_code);
}

mqtt::Connect connect_of(mqtt::Version version) {
  return {.version = version, .keep_alive_seconds = 60, .client_id = "dash1"};
}

TEST(MqttConnectTerms, WhatTheServiceRefuses) {
  auto packet = connect_of(mqtt::Version::V311);
  EXPECT_EQ(refusal(packet), ReasonCode::Success);
  packet.client_id = "not-allowed";
  EXPECT_EQ(refusal(packet), ReasonCode::ClientIdentifierNotValid);
  packet.client_id = std::string(129, 'a');
  EXPECT_EQ(refusal(packet), ReasonCode::ClientIdentifierNotValid);

  packet = connect_of(mqtt::Version::V311);
  for (const std::uint16_t seconds : {std::uint16_t{0}, std::uint16_t{181}}) {
    packet.keep_alive_seconds = seconds;
    EXPECT_EQ(refusal(packet), ReasonCode::ServerUnavailable) << seconds;
  }

  packet = connect_of(mqtt::Version::V5);
  packet.will = mqtt::Will{.topic = "  ", .payload = "x"};
  EXPECT_EQ(refusal(packet), ReasonCode::TopicNameInvalid);
  packet.will = mqtt::Will{.topic = "gone", .payload = std::string(2001, 'x')};
  EXPECT_EQ(refusal(packet), ReasonCode::PacketTooLarge);
  packet.will = mqtt::Will{.topic = "gone", .payload = "x", .retain = true};
  EXPECT_EQ(refusal(packet), ReasonCode::RetainNotSupported);
}

TEST(MqttConnectTerms, AnEmptyIdIsChosenForAClientThatStartsClean) {
  auto packet = connect_of(mqtt::Version::V5);
  packet.client_id.clear();
  const auto terms = settle(packet, 30s);
  ASSERT_TRUE(terms);
  EXPECT_FALSE(terms->client_id.empty());
  EXPECT_EQ(welcome(*terms, false, 1024).properties.assigned_client_id, terms->client_id);
  packet.version = mqtt::Version::V311;
  EXPECT_EQ(refusal(packet), ReasonCode::Success);
  packet.clean_start = false;
  EXPECT_EQ(refusal(packet), ReasonCode::ClientIdentifierNotValid);
}

TEST(MqttConnectTerms, ASessionIsKeptForAtMostTheRecoveryWindow) {
  auto packet = connect_of(mqtt::Version::V5);
  EXPECT_EQ(settle(packet, 30s)->session_expiry, 0s);
  packet.properties.session_expiry_seconds = 20;
  EXPECT_EQ(settle(packet, 30s)->session_expiry, 20s);
  EXPECT_EQ(welcome(*settle(packet, 30s), false, 1024).properties.session_expiry_seconds,
            std::nullopt);
  packet.properties.session_expiry_seconds = 3600;
  EXPECT_EQ(settle(packet, 30s)->session_expiry, 30s);
  EXPECT_EQ(welcome(*settle(packet, 30s), false, 1024).properties.session_expiry_seconds, 30U);

  packet = connect_of(mqtt::Version::V311);
  EXPECT_EQ(settle(packet, 30s)->session_expiry, 0s);
  packet.clean_start = false;
  EXPECT_EQ(settle(packet, 30s)->session_expiry, 30s);
}

TEST(MqttConnectTerms, A5ClientIsToldItsKeepAlive) {
  auto packet = connect_of(mqtt::Version::V5);
  EXPECT_EQ(welcome(*settle(packet, 30s), false, 1024).properties.server_keep_alive_seconds,
            std::nullopt);
  packet.keep_alive_seconds = 0;
  EXPECT_EQ(welcome(*settle(packet, 30s), false, 1024).properties.server_keep_alive_seconds, 180);
}

// ---- translation ---------------------------------------------------------------------------

TEST(MqttTranslation, TheContentTypeTellsTheType) {
  auto packet = message("{\"t\":1}");
  EXPECT_EQ(data_of(packet).type, DataType::Binary);
  packet.properties.content_type = "application/json; charset=utf-8";
  EXPECT_EQ(data_of(packet), (Data{DataType::Json, "{\"t\":1}"}));
  packet.payload = "{broken";
  EXPECT_EQ(data_of(packet), (Data{DataType::Binary, "{broken"}));
  packet.properties.content_type = "text/plain";
  EXPECT_EQ(data_of(packet).type, DataType::Text);
  packet.payload = "\xFF";
  EXPECT_EQ(data_of(packet).type, DataType::Binary);
  packet.properties.content_type = "application/x-protobuf";
  EXPECT_EQ(data_of(packet).type, DataType::Protobuf);
}

TEST(MqttTranslation, MessagesOfOthersHaveQos1AndTheirType) {
  const auto to_group = publish_of(GroupMessage{.group = "g", .data = {DataType::Json, "1"}});
  EXPECT_EQ(to_group.topic, "g");
  EXPECT_EQ(to_group.qos, Qos::AtLeastOnce);
  EXPECT_EQ(to_group.properties.content_type, "application/json");
  const auto from_server = publish_of(ServerMessage{.data = {DataType::Text, "hi"}});
  EXPECT_EQ(from_server.topic, "$webpubsub/server/messages");
  EXPECT_EQ(from_server.properties.content_type, "text/plain");
}

}  // namespace
}  // namespace webpubsub::hub
