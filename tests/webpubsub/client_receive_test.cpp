// A client's receivers of streams, against a service that does what a test says.

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class ClientReceiveTest : public ClientTest {
 protected:
  ClientReceiveTest() {
    options_.codec = &json_reliable_codec();
    options_.stable_after = 0ms;
    service_->on_open = [this](ServiceSide& side) {
      side.send(Connected{"id-" + std::to_string(service_->upgrades.size()), "user", "token"});
    };
    service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
      if (std::holds_alternative<Ping>(frame)) side.send(Pong{});
    };
  }
  std::shared_ptr<StreamReceiver> receive(StreamReceiverOptions options = {}) {
    return client_->receive_streams(
        std::move(options), [this](const std::shared_ptr<InboundStream>& stream) {
          stream->on_change([this, stream] {
            while (const auto message = stream->read()) lines_.push_back(message->data.bytes);
            if (stream->has_ended()) {
              lines_.push_back(stream->error() ? stream->error()->name : "ended");
            }
          });
        });
  }
  void piece(std::uint64_t number, const std::string& text, std::optional<SequenceId> id = {}) {
    service_->side().send(
        GroupMessage{.group = "g",
                     .data = {DataType::Text, text},
                     .sequence_id = id,
                     .stream = StreamInfo{.stream_id = "s", .stream_sequence_id = number}});
  }

  std::vector<std::string> lines_;
};

TEST_F(ClientReceiveTest, TheDefaultIsAReliableSubprotocol) {
  options_ = {};
  connect();
  ASSERT_THAT(service_->upgrades, SizeIs(1));
  EXPECT_THAT(service_->upgrades[0].subprotocols, ElementsAre(kJsonReliableSubprotocol));
}

TEST_F(ClientReceiveTest, PiecesReachTheStreamAndTheListener) {
  connect();
  const auto receiver = receive();
  piece(1, "a");
  piece(2, "b");
  settle();
  EXPECT_THAT(lines_, ElementsAre("a", "b"));
  ASSERT_THAT(listener_.group_messages, SizeIs(2));
  ASSERT_TRUE(listener_.group_messages[1].stream);
  EXPECT_EQ(listener_.group_messages[1].stream->stream_sequence_id, 2U);
}

TEST_F(ClientReceiveTest, ARecoveredConnectionGoesOnAndItsRepeatsAreNoGaps) {
  connect();
  const auto receiver = receive();
  piece(1, "a", 1);
  piece(2, "b", 2);
  settle();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  piece(2, "b", 2);
  piece(3, "c", 3);
  settle();
  EXPECT_THAT(lines_, ElementsAre("a", "b", "c"));
}

TEST_F(ClientReceiveTest, ANewConnectionEndsTheStreamsOfTheOld) {
  connect();
  const auto receiver = receive();
  piece(1, "a");
  settle();
  service_->side().socket().close(net::close_code::kPolicyViolation, "");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_THAT(lines_, ElementsAre("a", "ConnectionLost"));
  EXPECT_EQ(receiver->active(), 0U);
  piece(1, "new");
  settle();
  EXPECT_EQ(lines_.back(), "new");
}

TEST_F(ClientReceiveTest, SilenceEndsAStream) {
  connect();
  const auto receiver = receive({.idle_timeout = 5ms});
  piece(1, "a");
  ASSERT_TRUE(wait([&] { return lines_.size() == 2; }));
  EXPECT_THAT(lines_, ElementsAre("a", "IdleTimeout"));
}

TEST_F(ClientReceiveTest, LettingGoOfTheReceiverEndsIt) {
  connect();
  auto receiver = receive();
  piece(1, "a");
  settle();
  receiver.reset();
  piece(2, "b");
  settle();
  EXPECT_THAT(lines_, ElementsAre("a"));
  EXPECT_THAT(listener_.group_messages, SizeIs(2));
}

TEST_F(ClientReceiveTest, AStopEndsTheStreams) {
  connect();
  const auto receiver = receive();
  piece(1, "a");
  settle();
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_THAT(lines_, ElementsAre("a", "Stopped"));
}

TEST_F(ClientReceiveTest, TheClientMayBeDestroyedByAStream) {
  connect();
  const auto receiver = client_->receive_streams(
      {}, [this](const std::shared_ptr<InboundStream>&) { client_.reset(); });
  piece(1, "a");
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_EQ(receiver->active(), 0U);
}

TEST_F(ClientReceiveTest, AStreamMayLetGoOfItsReceiver) {
  connect();
  std::shared_ptr<StreamReceiver> receiver;
  receiver = client_->receive_streams(
      {}, [&](const std::shared_ptr<InboundStream>&) { receiver.reset(); });
  piece(1, "a");
  piece(2, "b");
  settle();
  EXPECT_EQ(receiver, nullptr);
  EXPECT_THAT(listener_.group_messages, SizeIs(2));
}

}  // namespace
}  // namespace webpubsub
