// A reliable connection whose socket is lost, against a service that does what a test says.

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ClientRecoveryTest : public ClientTest {
 protected:
  ClientRecoveryTest() {
    options_.codec = &json_reliable_codec();
    options_.stable_after = 0ms;  // each loss is met by an attempt at once
    service_->on_open = [this](ServiceSide& side) {
      const bool recovery = is_recovery(service_->upgrades.size() - 1);
      if (recovery && !recoverable_) {
        return side.socket().close(net::close_code::kPolicyViolation, "gone");
      }
      if (!recovery) ++connections_;
      side.send(Connected{"id-" + std::to_string(connections_), "user", "the token"});
    };
  }
  bool is_recovery(std::size_t upgrade) const {
    return service_->upgrades[upgrade].request.query.find("awps_connection_id") !=
           std::string::npos;
  }
  GroupMessage message(SequenceId id) {
    return {.group = "g", .data = {DataType::Text, std::to_string(id)}, .sequence_id = id};
  }

  bool recoverable_ = true;
  int connections_ = 0;
};

TEST_F(ClientRecoveryTest, AsksForTheSameConnectionAgain) {
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  ASSERT_THAT(service_->upgrades, SizeIs(2));
  EXPECT_THAT(service_->upgrades[1].request.query,
              HasSubstr("awps_connection_id=id-1&awps_reconnection_token=the%20token"));
  EXPECT_THAT(service_->upgrades[1].subprotocols, ElementsAre(kJsonReliableSubprotocol));
  EXPECT_THAT(listener_.recovering, SizeIs(1));
  EXPECT_THAT(listener_.connected, SizeIs(1));
  EXPECT_THAT(listener_.losses, IsEmpty());
  EXPECT_EQ(client_->state(), ClientState::Connected);
}

TEST_F(ClientRecoveryTest, ANewTokenCountsForTheNextRecoveryAndTellsNobody) {
  connect();
  service_->side().send(Connected{"id-1", "user", "newer"});
  settle();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  EXPECT_THAT(service_->upgrades[1].request.query, HasSubstr("awps_reconnection_token=newer"));
  EXPECT_THAT(listener_.connected, SizeIs(1));
}

TEST_F(ClientRecoveryTest, AConnectionThatIsGoneIsReplacedByANewOne) {
  connect();
  client_->join_group("g", note("join"));
  ASSERT_TRUE(wait([&] { return was_told("join ok"); }));
  recoverable_ = false;
  service_->side().send(Disconnected{"moved"});
  service_->side().socket().close(1012, "");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_TRUE(is_recovery(1));
  EXPECT_FALSE(is_recovery(2));
  ASSERT_THAT(listener_.losses, SizeIs(1));
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("moved"));
  ASSERT_TRUE(wait([&] { return !service_->side().frames.empty(); }));
  EXPECT_EQ(std::get<JoinGroup>(service_->side().frames[0]).group, "g");
}

TEST_F(ClientRecoveryTest, APolicyCloseIsNotAskedAbout) {
  connect();
  service_->side().socket().close(net::close_code::kPolicyViolation, "");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_FALSE(is_recovery(1));
  EXPECT_THAT(listener_.recovering, IsEmpty());
}

TEST_F(ClientRecoveryTest, WithoutAReconnectionTokenThereIsNothingToAskFor) {
  service_->on_open = [](ServiceSide& side) { side.send(Connected{"id", "user", {}}); };
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_FALSE(is_recovery(1));
}

TEST_F(ClientRecoveryTest, GroupsAreNotJoinedAgain) {
  connect();
  client_->join_group("g", note("join"));
  ASSERT_TRUE(wait([&] { return was_told("join ok"); }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  settle();
  EXPECT_THAT(service_->side().texts, ElementsAre(R"({"type":"ping"})"));
}

TEST_F(ClientRecoveryTest, WhatHasNoAckIsSentAgainWithTheSameId) {
  connect();
  service_->on_frame = [](ServiceSide&, const UpstreamFrame&) {};
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  EXPECT_EQ(send("b", note("b"), true), Offer::Accepted);
  client_->join_group("late", note("join"));
  ServiceSide& lost = service_->side();
  ASSERT_TRUE(wait([&] { return lost.texts.size() == 3; }));
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    const auto id = ScriptedService::ack_id_of(frame);
    if (id == 1U) return side.send(Ack{*id, false, "Duplicate", "was done"});
    ScriptedService::answer_well(side, frame);
  };
  lost.cut();
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  EXPECT_THAT(told_, ElementsAre("a ok", "b ok", "join ok"));
  ASSERT_THAT(service_->side().texts, SizeIs(4));
  EXPECT_THAT(service_->side().texts[0], R"({"type":"ping"})");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(service_->side().texts[i + 1], lost.texts[i]);
}

TEST_F(ClientRecoveryTest, IfItCannotBeHadBackWhatHasNoAckFails) {
  connect();
  service_->on_frame = [](ServiceSide&, const UpstreamFrame&) {};
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !service_->side().texts.empty(); }));
  recoverable_ = false;
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_THAT(told_, ElementsAre("a unavailable"));
}

// What is sent again is what the peer cannot bear.
TEST_F(ClientRecoveryTest, RecoveriesThatComeToNothingGiveWayToANewConnection) {
  connect();
  int sends = 0;
  service_->on_frame = [&](ServiceSide& side, const UpstreamFrame& frame) {
    if (!ScriptedService::ack_id_of(frame)) return ScriptedService::answer_well(side, frame);
    ++sends;
    side.socket().close(net::close_code::kTooLarge, "too large");
  };
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a unavailable"));
  EXPECT_EQ(sends, 1 + 3);
  EXPECT_EQ(last_.service_code, net::close_code::kTooLarge);
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_FALSE(is_recovery(service_->upgrades.size() - 1));
  EXPECT_THAT(listener_.losses, SizeIs(1));
}

TEST_F(ClientRecoveryTest, AsLongAsSomethingGoesForwardItIsRecovered) {
  connect();
  EXPECT_EQ(send("a", note("first"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return was_told("first ok"); }));
  service_->on_frame = [&](ServiceSide& side, const UpstreamFrame& frame) {
    const auto id = ScriptedService::ack_id_of(frame);
    if (!id) return ScriptedService::answer_well(side, frame);
    if (side.frames.size() > 2) return side.socket().close(1011, "");  // one gets through
    side.send(Ack{*id, true, {}, {}});
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(send("b", note("b"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return std::count(told_.begin(), told_.end(), "b ok") == 8; }));
  EXPECT_THAT(listener_.losses, IsEmpty());
  EXPECT_GT(listener_.recovered, 3);
}

TEST_F(ClientRecoveryTest, SendsWaitOutsideUntilItIsBack) {
  connect();
  service_->refuse_with = {503, 502};
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Recovering; }));
  EXPECT_EQ(send("x"), Offer::Full);
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  EXPECT_EQ(listener_.drained, 1);
  EXPECT_THAT(service_->upgrades, SizeIs(4));
  EXPECT_EQ(send("x", note("x")), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return was_told("x ok"); }));
}

TEST_F(ClientRecoveryTest, ARefusedHandshakeIsTheEndOfIt) {
  connect();
  service_->refuse_with = {401};
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_THAT(service_->upgrades, SizeIs(3));
  EXPECT_FALSE(is_recovery(2));
}

TEST_F(ClientRecoveryTest, TheWindowEndsIt) {
  options_.recovery_window = 300ms;
  connect();
  service_->refuse_with = std::vector<int>(100, 503);
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return !listener_.losses.empty(); }));
  EXPECT_THAT(listener_.losses[0].why.message, HasSubstr("broke"));
  service_->refuse_with.clear();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
}

TEST_F(ClientRecoveryTest, MessagesThatCameBeforeArePassedOver) {
  connect();
  for (const SequenceId id : {1U, 2U, 3U}) service_->side().send(message(id));
  ASSERT_TRUE(wait([&] { return listener_.group_messages.size() == 3; }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.recovered == 1; }));
  for (const SequenceId id : {2U, 3U, 4U}) service_->side().send(message(id));
  ASSERT_TRUE(wait([&] { return listener_.group_messages.size() == 4; }));
  settle();
  EXPECT_THAT(listener_.group_messages, SizeIs(4));
  EXPECT_EQ(listener_.group_messages[3].data.bytes, "4");
}

TEST_F(ClientRecoveryTest, NumbersBeginAnewOnANewConnection) {
  connect();
  service_->side().send(message(5));
  ASSERT_TRUE(wait([&] { return listener_.group_messages.size() == 1; }));
  service_->side().socket().close(net::close_code::kPolicyViolation, "");
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  service_->side().send(message(1));
  ASSERT_TRUE(wait([&] { return listener_.group_messages.size() == 2; }));
}

TEST_F(ClientRecoveryTest, AHundredMessagesAreAcknowledgedAtOnceAndFewerInASecond) {
  connect();
  for (SequenceId id = 1; id <= 103; ++id) service_->side().send(message(id));
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 2; }));
  EXPECT_THAT(service_->side().texts, ElementsAre(R"({"type":"sequenceAck","sequenceId":100})",
                                                  R"({"type":"sequenceAck","sequenceId":103})"));
}

TEST_F(ClientRecoveryTest, AStopAcknowledgesTheRest) {
  connect();
  service_->side().send(message(1));
  ASSERT_TRUE(wait([&] { return listener_.group_messages.size() == 1; }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_THAT(service_->side().texts, ElementsAre(R"({"type":"sequenceAck","sequenceId":1})"));
  ASSERT_TRUE(service_->side().closed);
  EXPECT_EQ(service_->side().closed->code, net::close_code::kNormal);
}

TEST_F(ClientRecoveryTest, AStopWhileRecoveringIsFinal) {
  connect();
  service_->on_frame = [](ServiceSide&, const UpstreamFrame&) {};
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  service_->refuse_with = std::vector<int>(100, 503);
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Recovering; }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_EQ(client_->state(), ClientState::Stopped);
  EXPECT_THAT(told_, ElementsAre("a cancelled"));
  const std::size_t upgrades = service_->upgrades.size();
  EXPECT_FALSE(wait([&] { return service_->upgrades.size() > upgrades; }, 400ms));
  EXPECT_EQ(listener_.stopped, 1);
}

TEST_F(ClientRecoveryTest, AStopBetweenTheHandshakeAndTheFirstFrameIsFinal) {
  connect();
  service_->on_open = {};
  service_->on_frame = {};
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return service_->sides.size() == 2; }));
  client_->stop();
  ASSERT_TRUE(wait([&] { return listener_.stopped == 1; }));
  EXPECT_EQ(listener_.recovered, 0);
}

TEST_F(ClientRecoveryTest, AHalfOpenConnectionIsRecovered) {
  options_.keep_alive_interval = 30ms;
  options_.keep_alive_timeout = 150ms;
  connect();
  const auto well = service_->on_frame;
  service_->on_frame = [&, first = &service_->side()](ServiceSide& side,
                                                      const UpstreamFrame& frame) {
    if (&side != first) well(side, frame);  // the first one has gone deaf
  };
  ASSERT_TRUE(wait([&] { return listener_.recovered >= 1; }));
  EXPECT_EQ(listener_.recovering[0].code, Errc::Timeout);
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientRecoveryTest, AFailedSendIsTriedAgainWithTheSameId) {
  options_.send_retry_delay = 1ms;
  connect();
  int answers = 0;
  service_->on_frame = [&](ServiceSide& side, const UpstreamFrame& frame) {
    const auto id = ScriptedService::ack_id_of(frame);
    if (!id) return;
    ++answers;
    side.send(answers < 3 ? Ack{*id, false, "InternalServerError", "busy"}
                          : Ack{*id, true, {}, {}});
  };
  EXPECT_EQ(send("a", note("a"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return was_told("a ok"); }));
  ASSERT_THAT(service_->side().texts, SizeIs(3));
  EXPECT_THAT(service_->side().texts, testing::Each(service_->side().texts[0]));
}

TEST_F(ClientRecoveryTest, ItMayBeDestroyedWhileRecovering) {
  connect();
  service_->refuse_with = std::vector<int>(100, 503);
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_->state() == ClientState::Recovering; }));
  client_.reset();
  loop_->run_once(10ms);
  EXPECT_THAT(listener_.losses, IsEmpty());
}

}  // namespace
}  // namespace webpubsub
