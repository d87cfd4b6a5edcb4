// What a connected client sends and receives, and what becomes of it when things go wrong.

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Answers every request that wants an ack in the same way.
auto refuse_all(const std::string& name) {
  return [name](ServiceSide& side, const UpstreamFrame& frame) {
    if (const auto id = ScriptedService::ack_id_of(frame)) {
      side.send(Ack{*id, false, name, "because"});
    }
  };
}

TEST_F(ClientTest, FireAndForgetIsDoneWhenItLeft) {
  connect();
  EXPECT_EQ(send("a", note("a")), Offer::Accepted);
  EXPECT_EQ(send("b"), Offer::Accepted);
  EXPECT_EQ(client_->send_to_group("g", DataType::Json, R"({ "t":1.50 })",
                                   {.no_echo = true, .acknowledged = false}, note("c")),
            Offer::Accepted);
  EXPECT_THAT(told_, IsEmpty());  // never inside the call
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_THAT(told_, ElementsAre("a ok", "c ok"));
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 3; }));
  EXPECT_THAT(service_->side().texts,
              ElementsAre(R"({"type":"sendToGroup","group":"g","dataType":"text","data":"a"})",
                          R"({"type":"sendToGroup","group":"g","dataType":"text","data":"b"})",
                          R"({"type":"sendToGroup","group":"g","noEcho":true,"dataType":"json",)"
                          R"("data":{ "t":1.50 }})"));
}

TEST_F(ClientTest, AcknowledgedIsDoneWhenTheAckCame) {
  service_->on_frame = nullptr;
  connect();
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  EXPECT_EQ(client_->send_event("telemetry", DataType::Binary, "\x01", true, note("b")),
            Offer::Accepted);
  EXPECT_EQ(client_->send_event("telemetry", DataType::Binary, "\x01", false, note("c")),
            Offer::Accepted);
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 3; }));
  EXPECT_THAT(
      service_->side().texts,
      ElementsAre(
          R"({"type":"sendToGroup","group":"g","ackId":1,"dataType":"text","data":"a"})",
          R"({"type":"event","event":"telemetry","ackId":2,"dataType":"binary","data":"AQ=="})",
          R"({"type":"event","event":"telemetry","dataType":"binary","data":"AQ=="})"));
  EXPECT_THAT(told_, ElementsAre("c ok"));
  service_->side().send(Ack{2, true, {}, {}});
  service_->side().send(Ack{1, true, {}, {}});
  service_->side().send(Ack{1, false, "Forbidden", {}});  // nobody waits for it
  settle();
  EXPECT_THAT(told_, ElementsAre("c ok", "b ok", "a ok"));
}

TEST_F(ClientTest, ADuplicateWasASuccess) {
  service_->on_frame = refuse_all("Duplicate");
  connect();
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a ok"));
}

TEST_F(ClientTest, RefusalsAreTold) {
  connect();
  for (const auto& [name, code] : {std::pair{"Forbidden", Errc::Unauthorized},
                                   std::pair{"InternalServerError", Errc::Unavailable},
                                   std::pair{"SomethingNew", Errc::Internal}}) {
    told_.clear();
    service_->on_frame = refuse_all(name);
    EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
    ASSERT_TRUE(wait([&] { return !told_.empty(); }));
    EXPECT_EQ(last_.code, code);
    EXPECT_THAT(last_.message, HasSubstr("because"));
  }
}

TEST_F(ClientTest, AnAckThatDoesNotComeIsATimeout) {
  service_->on_frame = nullptr;
  options_.ack_timeout = 50ms;
  connect();
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  EXPECT_EQ(send("b", note("b"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_EQ(last_.code, Errc::Timeout);
  service_->side().send(Ack{1, true, {}, {}});  // late
  settle();
  EXPECT_EQ(told_.size(), 2U);
  EXPECT_EQ(listener_.connected.size(), 1U);
}

TEST_F(ClientTest, AServiceThatAnswersNoSendsIsLeftForANewConnection) {
  service_->on_frame = nullptr;
  options_.ack_timeout = 50ms;
  connect();
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  EXPECT_THAT(listener_.losses, testing::IsEmpty());
  EXPECT_EQ(send("b", note("b"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_THAT(told_, testing::ElementsAre("a timeout", "b timeout"));
  ASSERT_EQ(listener_.losses.size(), 1U);
  EXPECT_EQ(listener_.losses[0].why.message, "the service answers pings and no sends");
}

TEST_F(ClientTest, OneAckInBetweenIsASignOfLife) {
  service_->on_frame = nullptr;
  options_.ack_timeout = 50ms;
  connect();
  for (AckId id = 1; id <= 5; ++id) {
    told_.clear();
    EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
    ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
    service_->side().send(Ack{id, true, {}, {}});  // late, but an answer
    settle();
  }
  EXPECT_EQ(listener_.connected.size(), 1U);
}

TEST_F(ClientTest, ALossEndsWhatWaits) {
  service_->on_frame = nullptr;
  connect();
  EXPECT_EQ(send("a", note("acked"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 1; }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_EQ(last_.code, Errc::Unavailable);
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_EQ(told_.size(), 1U);
  EXPECT_EQ(send("b", {}, true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !service_->side().frames.empty(); }));
  EXPECT_EQ(ScriptedService::ack_id_of(service_->side().frames[0]), 2U);  // ids are not reused
}

TEST_F(ClientTest, OfflineIsSaidAtOnce) {
  make_client();
  EXPECT_EQ(send("x", note("x")), Offer::Offline);
  EXPECT_EQ(client_->send_event("e", DataType::Text, "x", true, note("x")), Offer::Offline);
  EXPECT_EQ(client_->queued_bytes(), 0U);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ClientTest, NamesAndSizesAreCheckedHereLestTheServiceHangsUp) {
  connect();
  EXPECT_EQ(client_->send_to_group(" ", DataType::Text, "x", {}, note("group")), Offer::Accepted);
  EXPECT_EQ(client_->send_event("1", DataType::Text, "x", true, note("event")), Offer::Accepted);
  EXPECT_EQ(send(std::string(1024 * 1024, 'x'), note("size"), true), Offer::Accepted);
  client_->join_group("", note("join"));
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_TRUE(wait([&] { return told_.size() == 4; }));
  EXPECT_THAT(told_, ElementsAre("group invalid argument", "event invalid argument",
                                 "size invalid argument", "join invalid argument"));
  settle();
  EXPECT_THAT(service_->side().texts, IsEmpty());
  EXPECT_EQ(send(std::string(1024 * 1024 - 100, 'x'), note("fits"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return was_told("fits ok"); }));
}

TEST_F(ClientTest, FullWhenTooManyAcksAreAwaited) {
  service_->on_frame = nullptr;
  options_.max_pending_acks = 8;
  connect();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(send("x", {}, true), Offer::Accepted);
  EXPECT_EQ(send("x", note("x"), true), Offer::Full);
  EXPECT_EQ(send("x"), Offer::Accepted);  // wants none
  settle();
  EXPECT_EQ(listener_.drained, 0);
  for (AckId id = 1; id <= 8; ++id) service_->side().send(Ack{id, true, {}, {}});
  settle();
  EXPECT_EQ(listener_.drained, 1);
  EXPECT_EQ(send("x", {}, true), Offer::Accepted);
  EXPECT_THAT(told_, IsEmpty());  // what was not taken has no outcome
}

TEST_F(ClientTest, FullWhenTheSocketIsThenDrains) {
  options_.max_queued_messages = 4;
  connect();
  service_->side().socket().pause_reading(true);
  const std::string big(256 * 1024, 'x');
  int accepted = 0;
  // The system's buffers take some megabytes before the queue fills.
  ASSERT_TRUE(wait([&] {
    while (true) {
      const Offer offer = send(big, note("sent"));
      if (offer == Offer::Full) return true;
      ++accepted;
      if (client_->queued_bytes() == 0 || accepted % 4 == 0) return false;
    }
  }));
  EXPECT_GT(client_->queued_bytes(), 0U);
  EXPECT_EQ(listener_.drained, 0);
  service_->side().socket().pause_reading(false);
  ASSERT_TRUE(wait([&] { return listener_.drained > 0; }));
  ASSERT_TRUE(wait([&] { return static_cast<int>(told_.size()) == accepted; }));
  ASSERT_TRUE(wait([&] { return static_cast<int>(service_->side().frames.size()) == accepted; }));
}

TEST_F(ClientTest, MessagesArriveByteForByte) {
  connect();
  service_->side().send_text(
      R"({"type":"message","from":"group","group":"site","fromUserId":"d","dataType":"json","data":{ "n":1.50 }})");
  service_->side().send(GroupMessage{"site", {}, {DataType::Binary, std::string("\0\xFF", 2)}, {}});
  service_->side().send(ServerMessage{{DataType::Text, "h\xC3\xA4"}, {}});
  ASSERT_TRUE(wait([&] { return listener_.server_messages.size() == 1; }));
  ASSERT_EQ(listener_.group_messages.size(), 2U);
  EXPECT_EQ(listener_.group_messages[0].group, "site");
  EXPECT_EQ(listener_.group_messages[0].from_user_id, "d");
  EXPECT_EQ(listener_.group_messages[0].data.bytes, "{ \"n\":1.50 }");
  EXPECT_EQ(listener_.group_messages[1].data.bytes, std::string("\0\xFF", 2));
  EXPECT_EQ(listener_.server_messages[0].data.bytes, "h\xC3\xA4");
}

TEST_F(ClientTest, GarbageAndNewKindsOfFramesArePassedOver) {
  connect();
  for (const auto* text :
       {"", "garbage", "{", "[]", R"({"type":"streamAck","streamId":"1","expectedSequenceId":1})",
        R"({"type":"message","from":"server","dataType":"cbor","data":"x"})",
        R"({"type":"message","from":"server","dataType":"text","data":1})", R"({"type":"pong"})",
        R"({"type":"ack","ackId":"x"})", R"({"type":"ack","ackId":99,"success":true})"}) {
    service_->side().send_text(text);
  }
  EXPECT_EQ(service_->side().socket().send(net::MessageType::Binary, "\x01"), Offer::Accepted);
  settle();
  EXPECT_EQ(listener_.connected.size(), 1U);
  EXPECT_THAT(listener_.losses, IsEmpty());
  EXPECT_EQ(listener_.server_messages.size(), 1U);
  EXPECT_THAT(sink_.lines, testing::Contains(HasSubstr("webpubsub.frame_ignored")));
}

TEST_F(ClientTest, SilenceIsAskedAbout) {
  options_.keep_alive_interval = 20ms;
  options_.keep_alive_timeout = 5'000ms;
  connect();
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() >= 3; }));
  EXPECT_EQ(service_->side().texts[0], R"({"type":"ping"})");
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientTest, AHalfOpenConnectionIsGivenUp) {
  service_->on_frame = nullptr;  // takes everything, says nothing
  options_.keep_alive_interval = 20ms;
  options_.keep_alive_timeout = 100ms;
  connect();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_EQ(listener_.losses[0].why.code, Errc::Timeout);
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("silent"));
}

TEST_F(ClientTest, StopDoesNotWaitForAcks) {
  service_->on_frame = nullptr;
  connect();
  EXPECT_EQ(send("x", note("x"), true), Offer::Accepted);
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_THAT(told_, ElementsAre("x cancelled"));
  ASSERT_TRUE(wait([&] { return service_->side().closed.has_value(); }));
  EXPECT_EQ(service_->side().frames.size(), 1U);
}

}  // namespace
}  // namespace webpubsub
