// Streams that arrive, taken apart without a socket.

#include "webpubsub/client/stream_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webpubsub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

GroupMessage piece(std::uint64_t number, std::string text, const std::string& id = "s",
                   const std::string& group = "g") {
  return {.group = group,
          .data = {DataType::Text, std::move(text)},
          .stream = StreamInfo{.stream_id = id, .stream_sequence_id = number}};
}
GroupMessage end(std::uint64_t number, std::optional<StreamError> error = {},
                 const std::string& id = "s") {
  GroupMessage message = piece(number, "", id);
  message.stream->end_of_stream = true;
  message.stream->error = std::move(error);
  return message;
}

/// Keeps every stream and what is told of it.
class StreamReceiverTest : public testing::Test {
 protected:
  void make(StreamReceiverOptions options = {}) {
    receiver_.emplace(std::move(options), [this](const std::shared_ptr<InboundStream>& stream) {
      streams_.push_back(stream);
      stream->on_change([this, stream] {
        while (reads_) {
          const auto message = stream->read();
          if (!message) break;
          told_.push_back(stream->id() + " " + message->data.bytes);
        }
        if (!stream->has_ended()) return;
        told_.push_back(stream->id() + " " + (stream->error() ? stream->error()->name : "ended"));
      });
    });
  }
  void receive(const GroupMessage& message) { receiver_->receive(message, now_); }

  std::optional<StreamReceiver> receiver_;
  TimePoint now_{1h};
  bool reads_ = true;
  std::vector<std::shared_ptr<InboundStream>> streams_;
  std::vector<std::string> told_;
};

TEST_F(StreamReceiverTest, PiecesComeInOrderAndEnd) {
  make();
  receive(piece(1, "a"));
  receive(piece(2, "b"));
  receive(end(3));
  EXPECT_THAT(told_, ElementsAre("s a", "s b", "s ended"));
  ASSERT_EQ(streams_.size(), 1U);
  EXPECT_EQ(streams_[0]->group(), "g");
  EXPECT_EQ(streams_[0]->first_sequence_id(), 1U);
  EXPECT_EQ(receiver_->active(), 0U);
  EXPECT_EQ(receiver_->counters().begun, 1U);
  EXPECT_EQ(receiver_->counters().completed, 1U);
  EXPECT_EQ(streams_[0].use_count(), 1) << "what held the stream was let go with its end";
}

TEST_F(StreamReceiverTest, AMessageWithoutAStreamIsNoneOfItsBusiness) {
  make();
  GroupMessage message = piece(1, "a");
  message.stream.reset();
  receive(message);
  EXPECT_THAT(streams_, IsEmpty());
  EXPECT_EQ(receiver_->counters().passed_over, 0U);
}

TEST_F(StreamReceiverTest, EachGroupAndStreamIsItsOwn) {
  make({.groups = {"g", "h"}});
  receive(piece(1, "a", "s", "g"));
  receive(piece(1, "b", "s", "h"));
  receive(piece(1, "c", "t", "g"));
  receive(piece(1, "d", "s", "elsewhere"));
  receive(piece(2, "e", "s", "g"));
  EXPECT_THAT(told_, ElementsAre("s a", "s b", "t c", "s e"));
  EXPECT_EQ(streams_.size(), 3U);
}

TEST_F(StreamReceiverTest, TheLastPieceMayCarryAPayload) {
  make();
  receive(piece(1, "a"));
  GroupMessage last = end(2);
  last.data.bytes = "z";
  receive(last);
  EXPECT_THAT(told_, ElementsAre("s a", "s z", "s ended"));
}

TEST_F(StreamReceiverTest, APublishersErrorIsTold) {
  make();
  receive(piece(1, "a"));
  receive(end(2, StreamError{"UserError", "broke", "E1"}));
  EXPECT_THAT(told_, ElementsAre("s a", "s UserError"));
  EXPECT_EQ(streams_[0]->error()->user_error_code, "E1");
  EXPECT_EQ(receiver_->counters().failed, 1U);
}

TEST_F(StreamReceiverTest, AGapEndsItAndTheRestIsPassedOver) {
  make();
  receive(piece(1, "a"));
  receive(piece(3, "c"));
  receive(piece(4, "d"));
  receive(end(5));
  EXPECT_THAT(told_, ElementsAre("s a", "s SequenceGap"));
  EXPECT_EQ(streams_.size(), 1U);
  EXPECT_EQ(receiver_->counters().passed_over, 3U);
  receive(piece(1, "again"));  // the id is free again
  EXPECT_EQ(told_.back(), "s again");
}

TEST_F(StreamReceiverTest, ARepeatEndsItToo) {
  make();
  for (const std::uint64_t number : {1U, 2U, 2U}) receive(piece(number, "x"));
  EXPECT_THAT(told_, ElementsAre("s x", "s x", "s SequenceGap"));
}

TEST_F(StreamReceiverTest, AnEndThatComesTooEarlyIsAGap) {
  make();
  receive(piece(1, "a"));
  receive(end(3));
  EXPECT_THAT(told_, ElementsAre("s a", "s SequenceGap"));
}

TEST_F(StreamReceiverTest, ANumberOneBeginsAnew) {
  make();
  receive(piece(1, "a"));
  receive(piece(2, "b"));
  receive(piece(1, "new"));
  EXPECT_THAT(told_, ElementsAre("s a", "s b", "s SequenceGap", "s new"));
  EXPECT_EQ(streams_.size(), 2U);
}

TEST_F(StreamReceiverTest, AMissedBeginningIsSaid) {
  make();
  receive(piece(7, "late"));
  receive(piece(8, "more"));
  ASSERT_EQ(streams_.size(), 1U);
  EXPECT_EQ(streams_[0]->first_sequence_id(), 7U);
  EXPECT_THAT(told_, ElementsAre("s late", "s more"));
}

TEST_F(StreamReceiverTest, WhoWantsWholeStreamsIsSparedTheOthers) {
  make({.from_start = true});
  receive(piece(7, "late"));
  receive(end(8));
  EXPECT_THAT(streams_, IsEmpty());
  receive(piece(1, "whole"));
  EXPECT_THAT(told_, ElementsAre("s whole"));
}

TEST_F(StreamReceiverTest, WhatNobodyReadsIsBoundedInCount) {
  reads_ = false;
  make({.limits = {.max_messages = 3}});
  for (std::uint64_t number = 1; number <= 5; ++number) receive(piece(number, "x"));
  EXPECT_THAT(told_, ElementsAre("s BufferFull"));
  EXPECT_EQ(receiver_->active(), 0U);
  int read = 0;
  while (streams_[0]->read()) ++read;
  EXPECT_EQ(read, 3) << "what was taken stays";
}

TEST_F(StreamReceiverTest, WhatNobodyReadsIsBoundedInBytes) {
  reads_ = false;
  make({.limits = {.max_bytes = 10}});
  receive(piece(1, std::string(50, 'x')));  // one always fits
  EXPECT_THAT(told_, IsEmpty());
  receive(piece(2, "y"));
  EXPECT_THAT(told_, ElementsAre("s BufferFull"));
}

TEST_F(StreamReceiverTest, StreamsAreBoundedInNumber) {
  make({.max_streams = 2});
  for (const char* id : {"a", "b", "c"}) receive(piece(1, "x", id));
  EXPECT_EQ(streams_.size(), 2U);
  receive(end(2, {}, "a"));
  receive(piece(2, "y", "c"));  // its beginning was not taken, nor is the rest
  EXPECT_EQ(streams_.size(), 2U);
  EXPECT_EQ(receiver_->counters().passed_over, 2U);
}

TEST_F(StreamReceiverTest, SilenceEndsOne) {
  make({.idle_timeout = 10s});
  receive(piece(1, "a", "quiet"));
  now_ += 6s;
  receive(piece(1, "a", "busy"));
  EXPECT_EQ(receiver_->deadline(), TimePoint(1h) + 10s);
  receiver_->expire(now_ + 4s);
  EXPECT_THAT(told_, ElementsAre("quiet a", "busy a", "quiet IdleTimeout"));
  receive(piece(2, "late", "quiet"));
  EXPECT_EQ(streams_.size(), 2U);
}

TEST_F(StreamReceiverTest, ALostConnectionEndsThemAll) {
  make();
  receive(piece(1, "a", "s"));
  receive(piece(1, "b", "t"));
  receiver_->end_all({"ConnectionLost", "gone", {}});
  EXPECT_THAT(told_, ElementsAre("s a", "t b", "s ConnectionLost", "t ConnectionLost"));
  EXPECT_FALSE(receiver_->deadline());
}

}  // namespace
}  // namespace webpubsub
