#include "bridge/mqtt/broker_address.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(BrokerAddress, ReadsHostAndPort) {
  const std::pair<const char*, const char*> table[] = {
      {"mqtt://localhost", "mqtt://localhost:1883"},
      {"mqtt://localhost/", "mqtt://localhost:1883"},
      {"mqtts://broker.example.com", "mqtts://broker.example.com:8883"},
      {"mqtt://10.0.0.1:11883", "mqtt://10.0.0.1:11883"},
      {"mqtt://[::1]", "mqtt://[::1]:1883"},
      {"mqtts://[fe80::1]:65535", "mqtts://[fe80::1]:65535"},
      {"mqtt://my_broker-1", "mqtt://my_broker-1:1883"},
  };
  for (const auto& [text, whole] : table) {
    const auto address = parse_broker_address(text);
    ASSERT_TRUE(address) << text << ": " << address.error().message;
    EXPECT_EQ(address->text(), whole);
    EXPECT_EQ(address->tls, std::string_view(text).starts_with("mqtts"));
  }
  EXPECT_EQ(parse_broker_address("mqtt://[::1]:1")->host, "::1");
}

TEST(BrokerAddress, RefusesAnythingElse) {
  for (const auto* text : {"",
                           "localhost",
                           "localhost:1883",
                           "tcp://localhost",
                           "mqtt://",
                           "mqtt://:1883",
                           "mqtt://host:",
                           "mqtt://host:0",
                           "mqtt://host:65536",
                           "mqtt://host:1883x",
                           "mqtt://a b",
                           "mqtt://host/path",
                           "mqtt://[::1",
                           "mqtt://[::1]1883",
                           "mqtt://[localhost]:1883",
                           "mqtt://[]",
                           "mqtt://::1",
                           "MQTT://host",
                           "mqtt://host:-1",
                           "mqtt://host:+1"}) {
    EXPECT_FALSE(parse_broker_address(text)) << text;
  }
}

TEST(BrokerAddress, KeepsSecretsOutOfItsErrors) {
  const auto address = parse_broker_address("mqtt://user:hunter2@host");
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace gateway
