// Batches as pieces of streams, against a service that does what a test says.

#include "bridge/uplink/stream_sender.h"

#include "tests/webpubsub/client_fixture.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;
using webpubsub::Offer;
using webpubsub::SendToGroup;
using webpubsub::ServiceSide;
using webpubsub::StreamAck;
using webpubsub::StreamClosed;
using webpubsub::StreamData;
using webpubsub::StreamEnd;
using webpubsub::UpstreamFrame;

class StreamSenderTest : public webpubsub::ClientTest {
 protected:
  Offer send(const std::string& group, const std::string& text) {
    Batch batch;
    batch.group = group;
    batch.type = webpubsub::DataType::Text;
    batch.bytes = text;
    batch.acknowledged = batch.streamed = true;
    return streams_.send(*client_, batch, note(text));
  }
  /// Opens each stream that is asked for.
  void open_streams() {
    service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
      const auto* send = std::get_if<SendToGroup>(&frame);
      if (send != nullptr && send->stream) side.send(StreamAck{send->stream->stream_id, 1});
    };
  }
  template <class Frame>
  std::vector<Frame> frames() {
    std::vector<Frame> found;
    for (const UpstreamFrame& frame : service_->side().frames) {
      if (const auto* one = std::get_if<Frame>(&frame)) found.push_back(*one);
    }
    return found;
  }
  template <class Frame>
  bool wait_for(std::size_t count) {
    return wait([&] { return frames<Frame>().size() >= count; });
  }

  StreamSender streams_{log_};
};

TEST_F(StreamSenderTest, BatchesOfAGroupShareAStreamAndAnAcknowledgement) {
  connect();
  open_streams();
  for (const char* text : {"a", "b", "c"}) EXPECT_EQ(send("g", text), Offer::Accepted);
  EXPECT_EQ(send("h", "d"), Offer::Accepted);
  ASSERT_TRUE(wait_for<StreamData>(4));
  EXPECT_THAT(frames<SendToGroup>(), SizeIs(2));
  EXPECT_EQ(streams_.streams(), 2U);
  EXPECT_THAT(told_, testing::IsEmpty());
  service_->side().send(StreamAck{frames<StreamData>()[0].stream_id, 4});
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  EXPECT_THAT(told_, ElementsAre("a ok", "b ok", "c ok"));
}

TEST_F(StreamSenderTest, WhatTheServiceDoesNotOpenGoesAsAcknowledgedMessages) {
  connect();
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    const auto* send = std::get_if<SendToGroup>(&frame);
    if (send == nullptr) return;
    if (send->stream) {
      side.send(StreamClosed{send->stream->stream_id, "Forbidden", "no streams here"});
    } else {
      side.send(webpubsub::Ack{*send->ack_id, true, {}, {}});
    }
  };
  EXPECT_EQ(send("g", "a"), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a unavailable"));  // to be sent again, not to be given up
  EXPECT_EQ(send("g", "a"), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_EQ(told_[1], "a ok");
  EXPECT_EQ(frames<SendToGroup>().back().data.bytes, "a");

  streams_.forget_refusals();
  EXPECT_EQ(send("g", "b"), Offer::Accepted);
  ASSERT_TRUE(wait_for<SendToGroup>(3));
  EXPECT_TRUE(frames<SendToGroup>().back().stream);
}

TEST_F(StreamSenderTest, AServiceThatHangsUpOverStreamsIsAskedThreeTimes) {
  connect();
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    const auto* send = std::get_if<SendToGroup>(&frame);
    if (send == nullptr) return;
    if (send->stream) return side.cut();
    side.send(webpubsub::Ack{*send->ack_id, true, {}, {}});
  };
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(send("g", "a"), Offer::Accepted);
    EXPECT_EQ(send("h", "a"), Offer::Accepted);
    ASSERT_TRUE(wait([&] { return listener_.connected.size() == i + 1; }));
    streams_.forget_refusals();
  }
  told_.clear();
  EXPECT_EQ(send("g", "a"), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a ok"));
}

TEST_F(StreamSenderTest, OneThatTheServiceEndsAfterAWhileIsOpenedAnew) {
  connect();
  open_streams();
  EXPECT_EQ(send("g", "a"), Offer::Accepted);
  ASSERT_TRUE(wait_for<StreamData>(1));
  const std::string id = frames<StreamData>()[0].stream_id;
  service_->side().send(StreamAck{id, 2});
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  service_->side().send(StreamClosed{id, "IdleTimeout", "silence"});
  ASSERT_TRUE(wait([&] { return streams_.streams() == 0; }));
  EXPECT_EQ(send("g", "b"), Offer::Accepted);
  ASSERT_TRUE(wait_for<StreamData>(2));
  EXPECT_NE(frames<StreamData>()[1].stream_id, id);
}

TEST_F(StreamSenderTest, TheOneNotUsedForLongestMakesRoom) {
  connect();
  open_streams();
  for (std::size_t i = 0; i < StreamSender::kMaxStreams; ++i) {
    EXPECT_EQ(send("g" + std::to_string(i), "a"), Offer::Accepted);
  }
  EXPECT_EQ(send("g0", "a"), Offer::Accepted);
  EXPECT_EQ(send("one more", "a"), Offer::Accepted);
  EXPECT_EQ(streams_.streams(), StreamSender::kMaxStreams);
  ASSERT_TRUE(wait_for<StreamData>(StreamSender::kMaxStreams + 2));
  const auto starts = frames<SendToGroup>();
  ASSERT_EQ(starts[1].group, "g1");
  service_->side().send(StreamAck{starts[1].stream->stream_id, 2});  // it ends with all it has
  ASSERT_TRUE(wait_for<StreamEnd>(1));
  EXPECT_EQ(frames<StreamEnd>()[0].stream_id, starts[1].stream->stream_id);
}

TEST_F(StreamSenderTest, WithoutAConnectionNothingIsTaken) {
  make_client();
  EXPECT_EQ(send("g", "a"), Offer::Offline);
  EXPECT_THAT(told_, testing::IsEmpty());
}

}  // namespace
}  // namespace gateway
