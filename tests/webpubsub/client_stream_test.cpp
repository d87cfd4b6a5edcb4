// Streams to a group, against a service that does what a test says.

#include <set>

#include "client_fixture.h"
#include "webpubsub/client/outbound_stream.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ClientStreamTest : public ClientTest {
 protected:
  ClientStreamTest() {
    options_.codec = &json_reliable_codec();
    options_.stable_after = 0ms;
    service_->on_open = [](ServiceSide& side) { side.send(Connected{"id", "user", "token"}); };
    service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
      if (std::holds_alternative<Ping>(frame)) side.send(Pong{});
    };
  }
  std::string open() { return client_->open_stream("g", {}, note("closed")); }
  Offer write(const std::string& id, std::string_view text) {
    return client_->write_stream(id, DataType::Text, text);
  }
  /// The numbers of the stream's frames that this side got, in order; 0 for its end.
  static std::vector<std::uint64_t> numbers(const ServiceSide& side) {
    std::vector<std::uint64_t> numbers;
    for (const UpstreamFrame& frame : side.frames) {
      if (const auto* data = std::get_if<StreamData>(&frame)) {
        numbers.push_back(data->stream_sequence_id);
      }
      if (std::holds_alternative<StreamEnd>(frame)) numbers.push_back(0);
    }
    return numbers;
  }
  void expect_numbers(const std::vector<std::uint64_t>& expected) {
    ASSERT_TRUE(wait([&] { return numbers(service_->side()).size() >= expected.size(); }));
    settle();
    EXPECT_EQ(numbers(service_->side()), expected);
  }
};

TEST_F(ClientStreamTest, WaitsForTheServiceThenSendsInOrderAndEnds) {
  connect();
  const std::string id = open();
  EXPECT_EQ(write(id, "a"), Offer::Accepted);
  EXPECT_EQ(write(id, "b"), Offer::Accepted);
  client_->end_stream(id, {});
  EXPECT_EQ(write(id, "c"), Offer::Offline);
  ASSERT_TRUE(wait([&] { return !service_->side().texts.empty(); }));
  settle();
  EXPECT_EQ(service_->side().texts[0],
            R"({"type":"sendToGroup","group":"g","stream":{"streamId":")" + id + R"("}})");
  EXPECT_THAT(numbers(service_->side()), IsEmpty());

  service_->side().send(StreamAck{id, 1});
  expect_numbers({1, 2});
  service_->side().send(StreamAck{id, 3});
  expect_numbers({1, 2, 0});
  EXPECT_THAT(told_, IsEmpty());
  service_->side().send(StreamClosed{id, {}, {}});
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("closed ok"));
  EXPECT_EQ(client_->keep_stream_alive(id), Offer::Offline);
}

TEST_F(ClientStreamTest, EachPieceIsDoneWhenTheServiceHasIt) {
  connect();
  const std::string id = open();
  for (const char* text : {"a", "b", "c", "d"}) {
    EXPECT_EQ(client_->write_stream(id, DataType::Text, text, note(text)), Offer::Accepted);
  }
  service_->side().send(StreamAck{id, 1});
  expect_numbers({1, 2, 3, 4});
  EXPECT_THAT(told_, IsEmpty());
  service_->side().send(StreamAck{id, 3});
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  service_->side().send(StreamNack{id, 4, "InvalidSequenceId", "gap"});
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  EXPECT_THAT(told_, ElementsAre("a ok", "b ok", "c ok"));
  service_->side().send(StreamClosed{id, {}, {}});
  ASSERT_TRUE(wait([&] { return told_.size() == 5; }));
  EXPECT_THAT(told_[3], testing::StartsWith("d unavailable"));
  EXPECT_EQ(told_[4], "closed ok");
}

TEST_F(ClientStreamTest, PiecesFailWithTheStream) {
  connect();
  const std::string id = open();
  EXPECT_EQ(client_->write_stream(id, DataType::Text, "a", note("a")), Offer::Accepted);
  service_->side().send(StreamClosed{id, "Forbidden", "no"});
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_THAT(told_[0], testing::StartsWith("a unauthorized"));
  EXPECT_EQ(client_->write_stream(id, DataType::Text, "b", note("b")), Offer::Offline);
  settle();
  EXPECT_THAT(told_, SizeIs(2));
}

TEST_F(ClientStreamTest, APieceThatIsDoneMayEndTheClient) {
  connect();
  const std::string id = open();
  EXPECT_EQ(client_->write_stream(id, DataType::Text, "a", [&](const auto&) { client_.reset(); }),
            Offer::Accepted);
  service_->side().send(StreamAck{id, 1});
  expect_numbers({1});
  service_->side().send(StreamAck{id, 2});
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_THAT(told_, SizeIs(1));  // that the stream was cancelled
}

TEST_F(ClientStreamTest, SendsAgainFromWhereItIsAsked) {
  connect();
  const std::string id = open();
  for (const char* text : {"a", "b", "c"}) EXPECT_EQ(write(id, text), Offer::Accepted);
  service_->side().send(StreamAck{id, 1});
  expect_numbers({1, 2, 3});
  service_->side().send(StreamNack{id, 2, "InvalidSequenceId", "gap"});
  expect_numbers({1, 2, 3, 2, 3});
}

TEST_F(ClientStreamTest, AnAckForWhatWasNeverWrittenEndsIt) {
  connect();
  const std::string id = open();
  EXPECT_EQ(write(id, "a"), Offer::Accepted);
  service_->side().send(StreamAck{id, 1});
  expect_numbers({1});
  service_->side().send(StreamAck{id, 3});
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("closed protocol error"));
  EXPECT_EQ(write(id, "b"), Offer::Offline);
  settle();
  EXPECT_EQ(service_->side().texts.back(),
            R"({"type":"streamEnd","streamId":")" + id +
                R"(","error":{"message":"piece 3 cannot be expected",)"
                R"("userErrorCode":"ProtocolViolation"}})");
}

TEST_F(ClientStreamTest, AcksOfStreamsThatAreOverArePassedOver) {
  connect();
  const std::string id = open();
  service_->side().send(StreamClosed{id, {}, {}});
  service_->side().send(StreamAck{id, 7});
  service_->side().send(StreamNack{id, 7, "InvalidSequenceId", "gap"});
  service_->side().send(StreamClosed{id, "StreamNotFound", "gone"});
  service_->side().send(StreamAck{"never opened", 1});
  settle();
  EXPECT_THAT(told_, ElementsAre("closed ok"));
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientStreamTest, ARecoveryGoesOnBehindWhatWasAcknowledged) {
  connect();
  const std::string id = open();
  for (const char* text : {"a", "b", "c"}) EXPECT_EQ(write(id, text), Offer::Accepted);
  service_->side().send(StreamAck{id, 1});
  expect_numbers({1, 2, 3});
  service_->side().send(StreamAck{id, 2});
  settle();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Recovering; }));
  EXPECT_EQ(write(id, "d"), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  expect_numbers({2, 3, 4});
}

TEST_F(ClientStreamTest, OneThatWasNotOpenYetFailsWithTheSocket) {
  connect();
  open();
  settle();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  EXPECT_THAT(told_, ElementsAre("closed unavailable"));
}

TEST_F(ClientStreamTest, ALostConnectionEndsThem) {
  connect();
  const std::string id = open();
  service_->side().send(StreamAck{id, 1});
  settle();
  service_->side().socket().close(net::close_code::kPolicyViolation, "");
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("closed unavailable"));
  EXPECT_EQ(write(id, "x"), Offer::Offline);
}

TEST_F(ClientStreamTest, ARefusalIsTold) {
  connect();
  service_->side().send(StreamClosed{open(), "Forbidden", "no"});
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("closed unauthorized"));
}

TEST_F(ClientStreamTest, AFullBufferSaysSoAndDrains) {
  connect();
  const std::string id = open();
  std::uint64_t written = 0;
  while (write(id, "x") == Offer::Accepted) ++written;
  EXPECT_EQ(written, OutboundStream::kMaxFrames);
  EXPECT_EQ(listener_.drained, 0);
  service_->side().send(StreamAck{id, 1});
  service_->side().send(StreamAck{id, 11});
  ASSERT_TRUE(wait([&] { return listener_.drained >= 1; }));
  settle();
  EXPECT_EQ(write(id, "x"), Offer::Accepted);
}

TEST_F(ClientStreamTest, ASilentServiceDoesNotHoldItUpForEver) {
  options_.ack_timeout = 20ms;
  connect();
  open();
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  const std::string id = open();
  service_->side().send(StreamAck{id, 1});
  EXPECT_EQ(write(id, "a"), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_THAT(told_, ElementsAre("closed timeout", "closed timeout"));
  EXPECT_EQ(write(id, "b"), Offer::Offline);
}

TEST_F(ClientStreamTest, OneThatWaitsForNothingMayBeQuiet) {
  options_.ack_timeout = 20ms;
  connect();
  const std::string id = open();
  service_->side().send(StreamAck{id, 1});
  EXPECT_EQ(write(id, "a"), Offer::Accepted);
  expect_numbers({1});
  service_->side().send(StreamAck{id, 2});
  settle();
  const TimePoint later = steady_now() + 60ms;
  ASSERT_TRUE(wait([&] { return steady_now() >= later; }));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(write(id, "b"), Offer::Accepted);
}

TEST_F(ClientStreamTest, AnIdleTimeoutIsMoreThanNothing) {
  connect();
  for (const auto idle : {0ms, -1ms, 5'000'000'000ms}) {
    client_->open_stream("g", {.idle_timeout = idle}, note("closed"));
  }
  client_->open_stream("g", {.no_echo = true, .idle_timeout = 1'000ms}, note("closed"));
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  EXPECT_THAT(told_, testing::Each("closed invalid argument"));
  ASSERT_TRUE(wait([&] { return !service_->side().texts.empty(); }));
  EXPECT_THAT(service_->side().texts, ElementsAre(HasSubstr(R"("idleTimeoutMs":1000)")));
  EXPECT_THAT(service_->side().texts, ElementsAre(HasSubstr(R"("noEcho":true)")));
}

TEST_F(ClientStreamTest, AFailedEndSaysWhyButNamesNothing) {
  connect();
  const std::string id = open();
  service_->side().send(StreamAck{id, 1});
  client_->end_stream(id, StreamFailure{"broke", "E1"});
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 2; }));
  EXPECT_EQ(service_->side().texts[1],
            R"({"type":"streamEnd","streamId":")" + id +
                R"(","error":{"message":"broke","userErrorCode":"E1"}})");
}

TEST_F(ClientStreamTest, OneThatTheServiceForgotIsOver) {
  connect();
  const std::string id = open();
  service_->side().send(StreamAck{id, 1});
  settle();
  EXPECT_EQ(client_->keep_stream_alive(id), Offer::Accepted);
  service_->side().send(StreamClosed{id, "StreamNotFound", "gone"});
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("closed not found"));
  EXPECT_EQ(client_->keep_stream_alive(id), Offer::Offline);
}

TEST_F(ClientStreamTest, EachHasAnIdOfItsOwn) {
  connect();
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.insert(open());
  EXPECT_THAT(ids, SizeIs(50));
  EXPECT_GE(ids.begin()->size(), 16U);
}

TEST_F(ClientStreamTest, AKeepAliveHasNoNumber) {
  connect();
  const std::string id = open();
  EXPECT_EQ(client_->keep_stream_alive(id), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 2; }));
  EXPECT_EQ(service_->side().texts[1], R"({"type":"streamData","streamId":")" + id + R"("})");
}

}  // namespace
}  // namespace webpubsub
