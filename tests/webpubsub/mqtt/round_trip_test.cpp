// Random packets survive the way over the wire, and random damage never does harm.

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "webpubsub/protocol/mqtt/codec.h"
#include "webpubsub/protocol/mqtt/packet_reader.h"

namespace webpubsub::mqtt {
namespace {

/// The same packets in every run: a failure can be looked at again.
class Random {
 public:
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool coin() { return below(2) == 0; }
  std::string bytes() {
    std::string result(below(40), '\0');
    for (char& c : result) c = static_cast<char>(below(256));
    return result;
  }
  std::string text() {
    constexpr const char* kPieces[] = {
        "a", "/", " ", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    std::string result;
    for (auto count = below(12); count > 0; --count) result += kPieces[below(std::size(kPieces))];
    return result;
  }
  std::string name() { return "n" + text(); }
  PacketId packet_id() { return static_cast<PacketId>(1 + below(65'535)); }
  Qos qos() { return static_cast<Qos>(below(3)); }
  std::uint32_t number() { return static_cast<std::uint32_t>(engine_() >> below(64)); }

  /// Those a message may have, in a PUBLISH and in a will.
  Properties of_a_message() {
    Properties result;
    if (coin()) result.payload_is_text = coin();
    if (coin()) result.message_expiry_seconds = number();
    if (coin()) result.content_type = text();
    if (coin()) result.response_topic = text();
    if (coin()) result.correlation_data = bytes();
    return with_user_properties(std::move(result));
  }
  Properties of_an_answer() {
    Properties result;
    if (coin()) result.reason_string = text();
    return with_user_properties(std::move(result));
  }
  ReasonCode reason() {
    for (;;) {
      if (const auto known = find_reason_code(static_cast<std::uint8_t>(below(256)))) return *known;
    }
  }

 private:
  Properties with_user_properties(Properties result) {
    for (auto count = below(3); count > 0; --count) {
      result.user_properties.push_back({text(), text()});
    }
    return result;
  }

  std::mt19937_64 engine_{20261121};  // NOLINT(*-msc51-cpp): the same every time
};

Packet random_connect(Random& random, Version version) {
  const bool v5 = version == Version::V5;
  Connect packet{.version = version,
                 .clean_start = random.coin(),
                 .keep_alive_seconds = random.packet_id(),
                 .client_id = random.text()};
  if (random.coin()) packet.username = random.text();
  if (packet.username && random.coin()) packet.password = random.bytes();
  if (random.coin()) {
    packet.will = Will{.topic = random.name(),
                       .payload = random.bytes(),
                       .qos = random.qos(),
                       .retain = random.coin(),
                       .properties = v5 ? random.of_a_message() : Properties{}};
    if (v5) packet.will->properties.will_delay_seconds = random.number();
  }
  if (v5 && random.coin()) packet.properties.session_expiry_seconds = random.number();
  if (v5 && random.coin()) packet.properties.authentication_data = random.bytes();
  if (v5 && random.coin()) packet.properties.request_problem_information = random.coin();
  return packet;
}

Packet random_publish(Random& random, Version version) {
  Publish packet{.topic = random.name(),
                 .payload = random.bytes(),
                 .qos = random.qos(),
                 .retain = random.coin()};
  if (packet.qos != Qos::AtMostOnce) packet.packet_id = random.packet_id();
  if (packet.qos != Qos::AtMostOnce) packet.duplicate = random.coin();
  if (version == Version::V5) packet.properties = random.of_a_message();
  return packet;
}

Packet random_subscribe(Random& random, Version version) {
  const bool v5 = version == Version::V5;
  Subscribe packet{.packet_id = random.packet_id()};
  for (auto count = 1 + random.below(4); count > 0; --count) {
    packet.subscriptions.push_back(
        {.filter = random.name(),
         .qos = random.qos(),
         .no_local = v5 && random.coin(),
         .retain_as_published = v5 && random.coin(),
         .retain_handling = static_cast<RetainHandling>(v5 ? random.below(3) : 0)});
  }
  if (v5)
    packet.properties.subscription_ids = {
        static_cast<std::uint32_t>(1 + random.below(268'435'455))};
  return packet;
}

template <class T>
Packet random_answer(Random& random, Version version) {
  T packet{.packet_id = random.packet_id()};
  if (version == Version::V5) packet.reason = random.reason();
  if (version == Version::V5) packet.properties = random.of_an_answer();
  return packet;
}

Packet random_list_of_reasons(Random& random, Version version) {
  Suback packet{.packet_id = random.packet_id()};
  for (auto count = 1 + random.below(4); count > 0; --count)
    packet.reasons.push_back(random.reason());
  if (version == Version::V5) packet.properties = random.of_an_answer();
  if (version == Version::V311)
    packet.reasons = {ReasonCode::GrantedQos2, ReasonCode::UnspecifiedError};
  return packet;
}

Packet random_packet(Random& random, Version version) {
  switch (random.below(8)) {
    case 0:
      return random_connect(random, version);
    case 1:
    case 2:
      return random_publish(random, version);
    case 3:
      return random_subscribe(random, version);
    case 4:
      return random_answer<Puback>(random, version);
    case 5:
      return random_answer<Pubrel>(random, version);
    case 6:
      return random_list_of_reasons(random, version);
    default:
      return Unsubscribe{.packet_id = random.packet_id(),
                         .filters = {random.name(), random.name()}};
  }
}

class MqttRoundTrip : public testing::TestWithParam<Version> {};

TEST_P(MqttRoundTrip, RandomPacketsSurvive) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    const Packet packet = random_packet(random, GetParam());
    std::string wire;
    encode(packet, GetParam(), wire);
    const auto decoded = decode(wire, GetParam());
    ASSERT_TRUE(decoded) << i << ": " << decoded.error().message;
    ASSERT_EQ(*decoded, packet) << i;
  }
}

TEST_P(MqttRoundTrip, DamageIsRefusedOrMeansSomethingElse) {
  Random random;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string wire;
    encode(random_packet(random, GetParam()), GetParam(), wire);
    wire[random.below(wire.size())] = static_cast<char>(random.below(256));
    wire.resize(random.coin() ? wire.size() : random.below(wire.size()));
    const auto decoded = decode(wire, GetParam());
    refused += decoded ? 0 : 1;
    if (!decoded) continue;
    // What it was taken for is a packet in its own right.
    std::string again;
    encode(*decoded, GetParam(), again);
    const bool other_version = std::holds_alternative<Connect>(*decoded);
    const auto version = other_version ? std::get<Connect>(*decoded).version : GetParam();
    ASSERT_EQ(*decode(again, version), *decoded) << i;
  }
  EXPECT_GT(refused, 10'000);
}

TEST_P(MqttRoundTrip, NoiseNeitherCrashesNorGrowsTheReader) {
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    PacketReader reader(256);
    for (auto count = random.below(8); count > 0; --count) {
      reader.feed(random.bytes());
      auto next = reader.next();
      for (; next && *next; next = reader.next()) static_cast<void>(decode(**next, GetParam()));
      if (!next) break;
      ASSERT_LE(reader.buffered(), 256U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, MqttRoundTrip, testing::Values(Version::V311, Version::V5),
                         [](const auto& tested) {
                           return tested.param == Version::V5 ? "V5" : "V311";
                         });

}  // namespace
}  // namespace webpubsub::mqtt
