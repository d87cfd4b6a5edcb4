// What there is to send, cut into messages.

#include "webpubsub/command/message_feed.h"

#include <gtest/gtest.h>

namespace webpubsub::command {
namespace {

/// The next message's bytes; "(nothing)" when none is there, "(error) ..." when it is refused.
std::string next_of(MessageFeed& feed) {
  const auto message = feed.next();
  if (!message) return "(error) " + message.error().message;
  return *message ? (*message)->bytes : "(nothing)";
}

TEST(MessageFeed, LinesAreGivenOutOnceTheyAreWhole) {
  auto feed = MessageFeed::lines(DataType::Text);
  feed.feed("one\ntw");
  EXPECT_EQ(next_of(feed), "one");
  EXPECT_EQ(next_of(feed), "(nothing)");
  EXPECT_FALSE(feed.is_over());
  feed.feed("o\n\n\nfive");
  EXPECT_EQ(next_of(feed), "two");
  EXPECT_EQ(feed.line(), 2U);
  EXPECT_EQ(next_of(feed), "(nothing)");
  feed.input_ended();
  EXPECT_EQ(next_of(feed), "five");
  EXPECT_EQ(feed.line(), 5U) << "empty lines count, as an editor counts";
  EXPECT_TRUE(feed.is_over());
}

TEST(MessageFeed, AWholeMessageWaitsForTheEndOfTheInput) {
  auto feed = MessageFeed::whole(DataType::Text);
  feed.feed("one\n");
  EXPECT_EQ(next_of(feed), "(nothing)");
  feed.feed("two");
  feed.input_ended();
  EXPECT_FALSE(feed.is_over());
  EXPECT_EQ(next_of(feed), "one\ntwo");
  EXPECT_TRUE(feed.is_over());
}

TEST(MessageFeed, NothingIsAMessageTooUnlessItIsByLines) {
  auto whole = MessageFeed::whole(DataType::Text);
  whole.input_ended();
  EXPECT_EQ(next_of(whole), "");
  EXPECT_TRUE(whole.is_over());
  auto lines = MessageFeed::lines(DataType::Text);
  lines.input_ended();
  EXPECT_TRUE(lines.is_over());
}

TEST(MessageFeed, WhatCannotBeSentIsNamed) {
  auto json = MessageFeed::lines(DataType::Json);
  json.feed("{}\n{\n");
  EXPECT_EQ(next_of(json), "{}");
  EXPECT_EQ(next_of(json), "(error) line 2 is not JSON");
  auto text = MessageFeed::lines(DataType::Text);
  text.feed("\xff\n");
  EXPECT_EQ(next_of(text), "(error) line 1 is not UTF-8; send it with --type binary");
}

TEST(MessageFeed, KeepsNoMoreThanAMessageOfALineWithoutEnd) {
  auto lines = MessageFeed::lines(DataType::Binary);
  lines.feed(std::string(1024 * 1024, 'x'));
  EXPECT_EQ(next_of(lines), "(nothing)");
  lines.feed("x");
  EXPECT_EQ(next_of(lines), "(error) line 1 is larger than 1 MiB");
  auto whole = MessageFeed::whole(DataType::Binary);
  whole.feed(std::string(1024 * 1024 + 1, 'x'));
  EXPECT_EQ(next_of(whole), "(error) the message is larger than 1 MiB");
}

}  // namespace
}  // namespace webpubsub::command
