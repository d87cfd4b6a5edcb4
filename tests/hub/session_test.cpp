// What takes too long to wait for, or only shows between the lines: silence, and how often a
// message is encoded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/hub_context.h"
#include "hub/protocol_session.h"
#include "hub_fixture.h"

namespace webpubsub::hub {
namespace {

using namespace std::chrono_literals;

/// A socket whose other end neither reads nor speaks.
class SilentSocket : public net::WebSocket {
 public:
  struct Record {
    int pings = 0;
    bool aborted = false;
  };
  explicit SilentSocket(Record& record) : record_(record) {}
  Offer send(net::MessageType, std::string_view) override { return Offer::Accepted; }
  Offer send(const std::shared_ptr<net::Message>&) override { return Offer::Accepted; }
  void close(std::uint16_t, std::string_view) override {}
  void abort(std::string_view) override { record_.aborted = true; }
  void ping() override { ++record_.pings; }
  void pause_reading(bool) override {}
  bool is_open() const override { return true; }
  std::size_t queued_messages() const override { return 0; }
  std::size_t queued_bytes() const override { return 0; }
  std::string peer() const override { return {}; }

 private:
  Record& record_;
};

class NoEvents : public EventHandler {
 public:
  void on_user_event(const ClientEvent&, EventResponder) override {}
};

class SessionTest : public HubFixture {
 protected:
  HubContext context_{.loop = *loop_, .log = log_, .options = {}, .tokens = TokenCheck({}, false)};
  NoEvents events_;
  SilentSocket::Record record_;
  ProtocolSession session_{context_, events_, {.id = "a"}, json_codec(), [](ClientSession&) {}};
};

TEST_F(SessionTest, ClientIsPingedAndDroppedAfterAMinuteOfSilence) {
  session_.start(std::make_unique<SilentSocket>(record_), "chat", {"g"});
  const TimePoint start = steady_now();
  session_.check_liveness(start + 20s);
  session_.check_liveness(start + 40s);
  EXPECT_EQ(record_.pings, 2);
  session_.check_liveness(start + 61s);
  EXPECT_TRUE(record_.aborted);
  EXPECT_EQ(context_.connections.hubs(), 0U) << "it is out of its groups at once";
  EXPECT_EQ(context_.counters.connections, 0U);
}

TEST_F(SessionTest, ClientThatWaitsForAnAnswerIsNotTakenForDead) {
  session_.start(std::make_unique<SilentSocket>(record_), "chat", {});
  session_.on_message(net::MessageType::Text,
                      R"({"type":"event","event":"e","dataType":"text","data":"x"})");
  session_.check_liveness(steady_now() + 100s);
  EXPECT_FALSE(record_.aborted);
}

TEST_F(SessionTest, FramesBehindAPendingEventAreBounded) {
  session_.start(std::make_unique<SilentSocket>(record_), "chat", {});
  session_.on_message(net::MessageType::Text,
                      R"({"type":"event","event":"e","dataType":"text","data":"x"})");
  for (std::size_t i = 0; i < context_.options.limits.max_queued_messages; ++i) {
    session_.on_message(net::MessageType::Text, R"({"type":"ping"})");
  }
  EXPECT_EQ(context_.counters.connections, 1U);
  session_.on_message(net::MessageType::Text, R"({"type":"ping"})");
  EXPECT_EQ(context_.counters.connections, 0U);
}

TEST(SharedMessage, IsEncodedOncePerKindOfReceiver) {
  SharedMessage message(GroupMessage{.group = "g", .data = {DataType::Binary, "\x01\x02"}});
  const auto first = message.encoded(json_codec());
  EXPECT_EQ(first.get(), message.encoded(json_codec()).get());
  EXPECT_EQ(first->payload(),
            R"({"type":"message","from":"group","group":"g","dataType":"binary","data":"AQI="})");
  EXPECT_EQ(message.raw().get(), message.raw().get());
  EXPECT_EQ(message.raw()->type(), net::MessageType::Binary);
  EXPECT_EQ(message.raw()->payload(), "\x01\x02");
}

TEST(RecentAcks, RemembersTheLastThousand) {
  RecentAcks acks;
  for (AckId id = 0; id <= RecentAcks::kCapacity; ++id) acks.remember(id);
  EXPECT_FALSE(acks.contains(0));
  EXPECT_TRUE(acks.contains(1));
  acks.remember(1);
  acks.remember(RecentAcks::kCapacity + 1);
  EXPECT_FALSE(acks.contains(1)) << "first in, first out";
}

}  // namespace
}  // namespace webpubsub::hub
