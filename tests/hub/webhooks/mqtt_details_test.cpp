#include "hub/webhooks/mqtt_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

using mqtt::ReasonCode;
using mqtt::Version;
using testing::ElementsAre;
using testing::Pair;

TEST(MqttRefusal, IsReadInTheWordsOfTheClientsVersion) {
  const auto five = read_mqtt_refusal(
      R"({"mqtt":{"code":138,"reason":"no","userProperties":[{"name":"a","value":"b"}]}})",
      Version::V5);
  ASSERT_TRUE(five);
  EXPECT_EQ(five->reason, ReasonCode::Banned);
  EXPECT_EQ(five->text, "no");
  EXPECT_THAT(five->user_properties, ElementsAre(Pair("a", "b")));
  const auto three = read_mqtt_refusal(R"({"mqtt":{"code":4}})", Version::V311);
  ASSERT_TRUE(three);
  EXPECT_EQ(three->reason, ReasonCode::BadUserNameOrPassword);
}

TEST(MqttRefusal, WhatMakesNoSenseIsNone) {
  for (const char* body :
       {"", "[]", "{}", R"({"mqtt":1})", R"({"mqtt":{}})", R"({"mqtt":{"code":"138"}})",
        R"({"mqtt":{"code":0}})", R"({"mqtt":{"code":300}})", R"({"mqtt":{"code":1}})",
        R"({"mqtt":{"code":138,"userProperties":[{"name":1,"value":"b"}]}})",
        R"({"mqtt":{"code":138,"userProperties":{}}})"}) {
    EXPECT_FALSE(read_mqtt_refusal(body, Version::V5)) << body;
  }
  EXPECT_FALSE(read_mqtt_refusal(R"({"mqtt":{"code":138}})", Version::V311));
}

TEST(MqttUserProperties, OfAnAnswerToConnect) {
  EXPECT_EQ(read_mqtt_user_properties("{}"), StringMap{});
  EXPECT_EQ(read_mqtt_user_properties(R"({"mqtt":{}})"), StringMap{});
  EXPECT_EQ(read_mqtt_user_properties(R"({"mqtt":{"userProperties":[{"name":"a","value":"1"},)"
                                      R"({"value":"2","name":"a"}]}})"),
            (StringMap{{"a", "1"}, {"a", "2"}}));
  EXPECT_FALSE(read_mqtt_user_properties(R"({"mqtt":{"userProperties":[1]}})"));
}

TEST(MqttUserProperties, OfHeaders) {
  EXPECT_THAT(mqtt_user_properties_of({{"Content-Type", "text/plain"},
                                       {"mqtt-unit", "Cel"},
                                       {"MQTT-Site", "7"},
                                       {"mqtt-", "none"},
                                       {"mqtt-broken", "\xFF"}}),
              ElementsAre(Pair("unit", "Cel"), Pair("Site", "7")));
}

TEST(MqttEnding, SaysWhoAndHow) {
  std::string body = R"({"reason":"")";
  append_mqtt_ending(body, {.by_client = true, .code = 4, .user_properties = {{"a", "\"b"}}});
  EXPECT_EQ(body, R"({"reason":"","mqtt":{"initiatedByClient":true,"disconnectPacket":{"code":4,)"
                  R"("userProperties":[{"name":"a","value":"\"b"}]}})");
  body = "{";
  append_mqtt_ending(body, {});
  EXPECT_EQ(body, R"({,"mqtt":{"initiatedByClient":false})");
}

}  // namespace
}  // namespace webpubsub::hub
