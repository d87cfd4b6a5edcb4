#include "bridge/store/record.h"

#include <gtest/gtest.h>

#include "bridge/store/keys.h"

namespace gateway {
namespace {

TEST(Record, MessagesComeBackAsTheyWere) {
  const StoredMessage message{.time = 1'700'000'000'123,
                              .stamp = 42,
                              .before = 1'000'000,
                              .qos = 2,
                              .retained = true,
                              .topic = "a/b",
                              .payload = "{}"};
  std::string text;
  encode(message, text);
  EXPECT_LE(text.size(), 5U + 20U);
  const auto back = decode_message(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->time, message.time);
  EXPECT_EQ(back->stamp, message.stamp);
  EXPECT_EQ(back->before, message.before);
  EXPECT_EQ(back->qos, message.qos);
  EXPECT_EQ(back->retained, message.retained);
  EXPECT_EQ(back->topic, message.topic);
  EXPECT_EQ(back->payload, message.payload);
}

TEST(Record, WhatIsCutShortIsNoMessage) {
  std::string text;
  encode(StoredMessage{.time = 1'700'000'000'123, .stamp = 42, .topic = "a/b", .payload = ""},
         text);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(decode_message(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(Record, StretchesAndNumbersComeBack) {
  const std::vector<Stretch> stretches{{1, 300, 70'000}, {80'000, 80'000, 0}};
  std::string text;
  encode(stretches, text);
  EXPECT_EQ(decode_stretches(text), stretches);
  EXPECT_FALSE(decode_stretches(text.substr(0, text.size() - 1)));
  text.clear();
  const std::vector<std::uint64_t> numbers{5, 6, 7, 1'000'000'000'000};
  encode(numbers, text);
  EXPECT_EQ(decode_numbers(text), numbers);
  EXPECT_FALSE(decode_numbers("\x80"));
}

TEST(Keys, AreInTheOrderOfTheirNumbers) {
  EXPECT_LT(keys::message(1, 255), keys::message(1, 256));
  EXPECT_LT(keys::message(1, ~std::uint64_t{0}), keys::message(2, 0));
  EXPECT_EQ(keys::message_sequence(keys::message(3, 77), 3), 77U);
  EXPECT_EQ(keys::message_sequence(keys::message(3, 77), 4), std::nullopt);
  const auto name = keys::batch_name(keys::batch(3, "site-a", 9), 3);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->group, "site-a");
  EXPECT_EQ(name->sequence, 9U);
}

}  // namespace
}  // namespace gateway
