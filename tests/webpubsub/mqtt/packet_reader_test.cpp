#include "webpubsub/protocol/mqtt/packet_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/webpubsub/mqtt/bytes.h"
#include "webpubsub/protocol/mqtt/reason_code.h"

namespace webpubsub::mqtt {
namespace {

const std::string kPing = bytes("C0 00");
const std::string kLong = bytes("30 C8 01") + std::string(200, 'x');

TEST(MqttPacketReader, CutsPacketsApartHoweverTheBytesCome) {
  const std::string stream = kPing + kLong + kPing + kPing + kLong;
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    PacketReader reader(1024);
    std::vector<std::string> packets;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      reader.feed(std::string_view(stream).substr(at, step));
      for (auto next = reader.next(); next && *next; next = reader.next()) {
        packets.emplace_back(**next);
      }
    }
    EXPECT_EQ(packets, (std::vector<std::string>{kPing, kLong, kPing, kPing, kLong})) << step;
    EXPECT_EQ(reader.buffered(), 0U);
  }
}

TEST(MqttPacketReader, RefusesALargePacketByItsHeader) {
  PacketReader reader(202);
  reader.feed(std::string_view(kLong).substr(0, 3));
  const auto next = reader.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(static_cast<ReasonCode>(next.error().service_code), ReasonCode::PacketTooLarge);
}

TEST(MqttPacketReader, TakesAPacketOfExactlyTheLimit) {
  PacketReader reader(203);
  reader.feed(kLong);
  const auto next = reader.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, kLong);
}

TEST(MqttPacketReader, RefusesALengthThatDoesNotEnd) {
  PacketReader reader(1024);
  reader.feed(bytes("30 FF FF FF"));
  ASSERT_TRUE(reader.next());
  reader.feed(bytes("FF"));
  const auto next = reader.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(static_cast<ReasonCode>(next.error().service_code), ReasonCode::MalformedPacket);
}

}  // namespace
}  // namespace webpubsub::mqtt
