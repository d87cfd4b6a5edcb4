// Bytes no packet can have are refused, each with the reason a 5.0 peer is told.

#include <gtest/gtest.h>

#include "tests/webpubsub/mqtt/bytes.h"
#include "webpubsub/protocol/mqtt/codec.h"

namespace webpubsub::mqtt {
namespace {

struct Case {
  const char* name;
  Version version;
  const char* wire;
  ReasonCode reason;
};

class MqttMalformed : public testing::TestWithParam<Case> {};

TEST_P(MqttMalformed, IsRefused) {
  const auto packet = decode(bytes(GetParam().wire), GetParam().version);
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().code, Errc::Protocol);
  EXPECT_EQ(static_cast<ReasonCode>(packet.error().service_code), GetParam().reason)
      << packet.error().message;
}

using enum ReasonCode;
constexpr auto V3 = Version::V311;
constexpr auto V5 = Version::V5;

const Case kCases[] = {
    {"Nothing", V5, "", MalformedPacket},
    {"OnlyAFirstByte", V5, "30", MalformedPacket},
    {"TypeZero", V5, "00 00", MalformedPacket},
    {"LengthOfFiveBytes", V5, "30 80 80 80 80 01", MalformedPacket},
    {"LengthWithAByteTooMany", V5, "C0 80 00", MalformedPacket},
    {"ShorterThanItSays", V5, "C0 01", MalformedPacket},
    {"LongerThanItSays", V5, "C0 00 00", MalformedPacket},
    {"PingreqWithABody", V5, "C0 01 00", MalformedPacket},
    {"PingreqWithFlags", V5, "C1 00", MalformedPacket},
    {"SubscribeWithoutItsFlag", V5, "80 07 00 01 00 00 01 'a' 00", MalformedPacket},
    {"PubrelWithoutItsFlag", V5, "60 02 00 01", MalformedPacket},
    {"AuthIn311", V3, "F0 00", MalformedPacket},

    {"ConnectOfAnOldVersion", V5, "10 0E 00 06 'MQIsdp' 03 02 00 00 00 00",
     UnsupportedProtocolVersion},
    {"ConnectOfVersion6", V5, "10 0C 00 04 'MQTT' 06 02 00 00 00 00", UnsupportedProtocolVersion},
    {"ConnectWithTheReservedFlag", V5, "10 0C 00 04 'MQTT' 04 03 00 00 00 00", MalformedPacket},
    {"ConnectWithFlagsOfNoWill", V5, "10 0C 00 04 'MQTT' 04 0A 00 00 00 00", MalformedPacket},
    {"ConnectWithAWillOfQos3", V5, "10 12 00 04 'MQTT' 04 1E 00 00 00 00 00 01 'w' 00 01 'x'",
     MalformedPacket},
    {"ConnectWithAWillToAWildcard", V5, "10 12 00 04 'MQTT' 04 06 00 00 00 00 00 01 '#' 00 01 'x'",
     TopicNameInvalid},
    {"ConnectOf311WithAPasswordOnly", V5, "10 0F 00 04 'MQTT' 04 42 00 00 00 00 00 01 'p'",
     MalformedPacket},
    {"ConnectThatEndsEarly", V5, "10 0A 00 04 'MQTT' 04 02 00 00", MalformedPacket},
    {"ConnectWithBytesBehindIt", V5, "10 0D 00 04 'MQTT' 04 02 00 00 00 00 00", MalformedPacket},

    {"ConnackWithReservedFlags", V5, "20 03 02 00 00", MalformedPacket},
    {"ConnackOf311WithAReasonOf5", V3, "20 02 00 87", MalformedPacket},
    {"ConnackWithAnUnknownReason", V5, "20 03 00 03 00", MalformedPacket},

    {"PublishOfQos3", V5, "36 07 00 01 'g' 00 01 00 'x'", MalformedPacket},
    {"PublishOfQos0MarkedAsDuplicate", V5, "38 05 00 01 'g' 00 'x'", MalformedPacket},
    {"PublishWithPacketIdZero", V5, "32 06 00 01 'g' 00 00 00", MalformedPacket},
    {"PublishToAWildcard", V5, "30 06 00 03 'a/+' 00", TopicNameInvalid},
    {"PublishWithoutATopic", V5, "30 03 00 00 00", ProtocolError},
    {"PublishToATopicThatIsNotUtf8", V5, "30 05 00 02 C3 28 00", MalformedPacket},
    {"PublishToATopicWithANul", V5, "30 05 00 02 'a' 00 00", MalformedPacket},
    {"PublishWhoseTopicIsTooLong", V5, "30 03 00 09 'g'", MalformedPacket},

    {"SubscribeToNothing", V5, "82 03 00 01 00", ProtocolError},
    {"SubscribeToAnEmptyFilter", V5, "82 06 00 01 00 00 00 00", MalformedPacket},
    {"SubscribeWithQos3", V5, "82 07 00 01 00 00 01 'a' 03", MalformedPacket},
    {"SubscribeWithReservedOptions", V5, "82 07 00 01 00 00 01 'a' 40", MalformedPacket},
    {"SubscribeOf311WithOptionsOf5", V3, "82 06 00 01 00 01 'a' 04", MalformedPacket},
    {"SubscribeWithRetainHandling3", V5, "82 07 00 01 00 00 01 'a' 30", MalformedPacket},
    {"SubscribeWithTwoIdentifiers", V5, "82 0B 00 01 04 0B 01 0B 02 00 01 'a' 00", ProtocolError},
    {"SubackOf311WithAReasonOf5", V3, "90 03 00 01 87", MalformedPacket},
    {"UnsubackOf311WithReasons", V3, "B0 03 00 01 00", MalformedPacket},
    {"UnsubscribeFromNothing", V5, "A2 03 00 01 00", ProtocolError},

    {"PropertiesLongerThanThePacket", V5, "30 05 00 01 'g' 09 'x'", MalformedPacket},
    {"APropertyCutShort", V5, "30 07 00 01 'g' 03 02 00 00", MalformedPacket},
    {"APropertyTheStandardDoesNotKnow", V5, "30 06 00 01 'g' 02 04 00", ProtocolError},
    {"APropertyOfAnotherPacket", V5, "30 09 00 01 'g' 05 11 00 00 00 1E", ProtocolError},
    {"APropertyThatComesTwice", V5, "30 08 00 01 'g' 04 01 00 01 01", ProtocolError},
    {"AFlagThatIsTwo", V5, "30 06 00 01 'g' 02 01 02", MalformedPacket},
    {"ATopicAliasOfZero", V5, "30 07 00 01 'g' 03 23 00 00", ProtocolError},
    {"ASubscriptionIdOfZero", V5, "82 09 00 01 02 0B 00 00 01 'a' 00", ProtocolError},
    {"AMaximumQosOfTwo", V5, "20 05 00 00 02 24 02", ProtocolError},
};

INSTANTIATE_TEST_SUITE_P(Packets, MqttMalformed, testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace webpubsub::mqtt
