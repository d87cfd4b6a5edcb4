#include "hub/retained_messages.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TimePoint kStart{std::chrono::hours(1)};

RetainedMessages::Message message(std::string_view text) {
  return net::Message::make(net::MessageType::Text, text);
}

/// Sends all that is unsent.
std::vector<std::string> send_all(RetainedMessages& retained) {
  std::vector<std::string> sent;
  while (const auto* next = retained.next_unsent()) {
    sent.emplace_back((*next)->payload());
    retained.sent();
  }
  return sent;
}

TEST(RetainedMessages, EachIsSentOnceAndAllAgainOverANewSocket) {
  RetainedMessages retained({});
  EXPECT_EQ(retained.next_id(), 1U);
  EXPECT_TRUE(retained.add(message("a")));
  EXPECT_TRUE(retained.add(message("b")));
  EXPECT_EQ(retained.next_id(), 3U);
  EXPECT_THAT(send_all(retained), ElementsAre("a", "b"));
  EXPECT_THAT(send_all(retained), IsEmpty());
  retained.rewind(kStart);
  EXPECT_TRUE(retained.add(message("c")));
  EXPECT_THAT(send_all(retained), ElementsAre("a", "b", "c"));
}

TEST(RetainedMessages, AnAckStandsForAllBeforeIt) {
  RetainedMessages retained({});
  for (const auto* text : {"a", "b", "c"}) EXPECT_TRUE(retained.add(message(text)));
  static_cast<void>(send_all(retained));
  retained.acknowledge(2);
  EXPECT_EQ(retained.size(), 1U);
  EXPECT_EQ(retained.bytes(), 1U);
  retained.acknowledge(1);  // an older one is harmless
  EXPECT_THAT(send_all(retained), IsEmpty());
  retained.rewind(kStart);
  EXPECT_THAT(send_all(retained), ElementsAre("c"));
}

TEST(RetainedMessages, WhatWasNeverSentCannotBeAcknowledged) {
  RetainedMessages retained({});
  EXPECT_TRUE(retained.add(message("a")));
  retained.sent();
  EXPECT_TRUE(retained.add(message("b")));
  retained.acknowledge(18446744073709551615U);
  EXPECT_THAT(send_all(retained), ElementsAre("b"));
  EXPECT_EQ(retained.next_id(), 3U);
}

TEST(RetainedMessages, AnAckInTheMiddleOfAReplay) {
  RetainedMessages retained({});
  for (const auto* text : {"a", "b", "c"}) EXPECT_TRUE(retained.add(message(text)));
  static_cast<void>(send_all(retained));
  retained.rewind(kStart);
  retained.acknowledge(2);  // it had got them; the ack was on its way
  EXPECT_THAT(send_all(retained), ElementsAre("c"));
}

TEST(RetainedMessages, AreLimitedInNumberAndBytes) {
  RetainedMessages few({.messages = 2, .bytes = 100});
  EXPECT_TRUE(few.add(message("a")));
  EXPECT_TRUE(few.add(message("b")));
  EXPECT_FALSE(few.add(message("c")));
  static_cast<void>(send_all(few));
  few.acknowledge(1);
  EXPECT_TRUE(few.add(message("c")));

  RetainedMessages small({.messages = 10, .bytes = 3});
  EXPECT_TRUE(small.add(message("aa")));
  EXPECT_FALSE(small.add(message("bb")));
  EXPECT_TRUE(small.add(message("c")));
}

TEST(RetainedMessages, WhatExpiredWhileTheClientWasAwayIsLeftOut) {
  RetainedMessages retained({});
  const auto soon = kStart + std::chrono::seconds(5);
  EXPECT_TRUE(retained.add(message("kept")));
  EXPECT_TRUE(retained.add(message("expires"), soon));
  EXPECT_TRUE(retained.add(message("stays"), kStart + std::chrono::seconds(60)));
  EXPECT_TRUE(retained.add(message("expires, too"), soon));
  retained.rewind(soon);
  EXPECT_EQ(retained.expired(), 2U);
  EXPECT_EQ(retained.bytes(), 9U);
  EXPECT_THAT(send_all(retained), ElementsAre("kept", "stays"));
  EXPECT_EQ(retained.next_id(), 5U) << "numbers are given once";
  retained.acknowledge(4);
  EXPECT_EQ(retained.size(), 0U);
  EXPECT_EQ(retained.bytes(), 0U);
}

TEST(RetainedMessages, AFirstMessageThatExpiredIsPassedOver) {
  RetainedMessages retained({});
  EXPECT_TRUE(retained.add(message("a"), kStart));
  EXPECT_TRUE(retained.add(message("b")));
  retained.rewind(kStart);
  EXPECT_THAT(send_all(retained), ElementsAre("b"));
  retained.acknowledge(2);
  EXPECT_EQ(retained.size(), 0U);
}

}  // namespace
}  // namespace webpubsub::hub
