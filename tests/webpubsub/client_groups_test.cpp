// Groups over the life of several connections, and a client destroyed at every bad moment.

#include "client_fixture.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(ClientTest, JoinsAndLeaves) {
  connect();
  client_->join_group("a", note("join"));
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  client_->leave_group("a", note("leave"));
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_THAT(told_, ElementsAre("join ok", "leave ok"));
  EXPECT_THAT(service_->side().texts,
              ElementsAre(R"({"type":"joinGroup","group":"a","ackId":1})",
                          R"({"type":"leaveGroup","group":"a","ackId":2})"));
}

TEST_F(ClientTest, GroupsAreAskedForOnEveryConnection) {
  make_client();
  client_->join_group("a", note("a"));
  client_->join_group("b", {});
  client_->start();
  ASSERT_TRUE(wait([&] { return was_told("a ok"); }));
  client_->leave_group("b", note("b left"));
  ASSERT_TRUE(wait([&] { return was_told("b left ok"); }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return service_->sides.size() == 2 && !service_->side().texts.empty(); }));
  settle();
  EXPECT_THAT(service_->side().texts, ElementsAre(R"({"type":"joinGroup","group":"a","ackId":4})"));
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(ClientTest, JoinsAreAskedForBeforeAnythingElse) {
  listener_.then_on_connected = [&] { EXPECT_EQ(send("first"), Offer::Accepted); };
  make_client();
  client_->join_group("a", {});
  client_->start();
  ASSERT_TRUE(
      wait([&] { return service_->sides.size() == 1 && service_->side().texts.size() == 2; }));
  EXPECT_EQ(service_->side().texts[0], R"({"type":"joinGroup","group":"a","ackId":1})");
}

TEST_F(ClientTest, ManyGroupsGoThroughASmallQueue) {
  options_.max_queued_messages = 4;
  make_client();
  for (int i = 0; i < 500; ++i) client_->join_group("g" + std::to_string(i), note("join"));
  client_->start();
  ASSERT_TRUE(wait([&] { return told_.size() == 500; }));
  EXPECT_EQ(std::count(told_.begin(), told_.end(), "join ok"), 500);
}

TEST_F(ClientTest, ABusyServiceIsAskedAgain) {
  int refusals = 2;
  service_->on_frame = [&](ServiceSide& side, const UpstreamFrame& frame) {
    const auto id = ScriptedService::ack_id_of(frame);
    if (id && refusals-- > 0) return side.send(Ack{*id, false, "InternalServerError", {}});
    ScriptedService::answer_well(side, frame);
  };
  connect();
  client_->join_group("a", note("a"));
  ASSERT_TRUE(wait([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a ok"));
  EXPECT_EQ(service_->side().texts.size(), 3U);
}

TEST_F(ClientTest, ARejoinThatFailsIsTold) {
  connect();
  client_->join_group("a", note("a"));
  ASSERT_TRUE(wait([&] { return was_told("a ok"); }));
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    if (const auto id = ScriptedService::ack_id_of(frame)) {
      side.send(Ack{*id, false, "Forbidden", "not any more"});
    }
  };
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return !listener_.rejoin_failures.empty(); }));
  EXPECT_THAT(listener_.rejoin_failures,
              ElementsAre("a: the service answered Forbidden: not any more; the access token "
                          "lacks the role for it"));
  EXPECT_EQ(service_->side().texts.size(), 1U);  // a refusal is not retried
  EXPECT_EQ(client_->state(), ClientState::Connected);
}

TEST_F(ClientTest, WithoutRejoinGroupsAreForgotten) {
  options_.auto_rejoin_groups = false;
  connect();
  client_->join_group("a", note("a"));
  ASSERT_TRUE(wait([&] { return was_told("a ok"); }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  settle();
  EXPECT_THAT(service_->side().texts, IsEmpty());
}

// ---- destruction ---------------------------------------------------------------------------

TEST_F(ClientTest, DestroyingItEndsEverythingWithCancelled) {
  service_->on_frame = nullptr;
  connect();
  EXPECT_EQ(send("x", note("acked"), true), Offer::Accepted);
  EXPECT_EQ(send("x", note("sent")), Offer::Accepted);
  client_->join_group("a", note("join"));
  client_->leave_group("b", note("leave"));
  EXPECT_EQ(client_->send_event("1", DataType::Text, "x", false, note("refused")), Offer::Accepted);
  client_.reset();
  EXPECT_THAT(told_, UnorderedElementsAre("acked cancelled", "sent cancelled", "join cancelled",
                                          "leave ok", "refused invalid argument"));
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  EXPECT_EQ(listener_.stopped, 0);
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientTest, ItMayBeDestroyedWhileConnecting) {
  start();
  client_.reset();
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  start();
  loop_->run_once(1ms);
  client_.reset();
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  EXPECT_THAT(listener_.connected, IsEmpty());
}

TEST_F(ClientTest, ItMayBeDestroyedWhenConnected) {
  listener_.then_on_connected = [&] { client_.reset(); };
  make_client();
  client_->join_group("a", note("a"));
  client_->start();
  ASSERT_TRUE(wait([&] { return !listener_.connected.empty(); }));
  EXPECT_THAT(told_, ElementsAre("a cancelled"));
  ASSERT_TRUE(wait([&] { return service_->side().closed.has_value(); }));
}

TEST_F(ClientTest, ItMayBeDestroyedByAMessage) {
  listener_.then_on_group_message = [&] { client_.reset(); };
  connect();
  service_->side().send(GroupMessage{"g", {}, {DataType::Text, "1"}, {}});
  service_->side().send(GroupMessage{"g", {}, {DataType::Text, "2"}, {}});
  ASSERT_TRUE(wait([&] { return service_->side().closed.has_value(); }));
  EXPECT_EQ(listener_.group_messages.size(), 1U);
}

TEST_F(ClientTest, ItMayBeDestroyedByALoss) {
  listener_.then_on_disconnected = [&] { client_.reset(); };
  connect();
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  for (int i = 0; i < 10; ++i) loop_->run_once(1ms);
  EXPECT_EQ(service_->upgrades.size(), 1U);
}

TEST_F(ClientTest, ItMayBeDestroyedByACompletion) {
  const auto destroy = [&](const Result<void>&) { client_.reset(); };
  service_->on_frame = nullptr;
  options_.ack_timeout = 20ms;

  connect();  // by a frame that left
  EXPECT_EQ(send("x", destroy), Offer::Accepted);
  EXPECT_EQ(send("x", note("next")), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_EQ(told_.size(), 1U);

  start();  // by an ack that did not come
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 2; }));
  EXPECT_EQ(send("x", destroy, true), Offer::Accepted);
  EXPECT_EQ(send("x", note("next"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_EQ(told_.size(), 2U);

  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    ScriptedService::answer_well(side, frame);
  };
  start();  // by an ack, of a group
  ASSERT_TRUE(wait([&] { return listener_.connected.size() == 3; }));
  client_->join_group("a", destroy);
  client_->join_group("b", note("next"));
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_EQ(told_.size(), 3U);
}

TEST_F(ClientTest, ItMayBeDestroyedByTheFirstOfManyFailures) {
  service_->on_frame = nullptr;
  connect();
  EXPECT_EQ(send(
                "x", [&](const Result<void>&) { client_.reset(); }, true),
            Offer::Accepted);
  client_->join_group("a", note("join"));
  EXPECT_EQ(send("x", note("next"), true), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return service_->side().texts.size() == 3; }));
  service_->side().cut();
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_THAT(told_, UnorderedElementsAre("join cancelled", "next unavailable"));
  EXPECT_THAT(listener_.losses, IsEmpty());
}

TEST_F(ClientTest, ItMayBeDestroyedByARefusedName) {
  connect();
  EXPECT_EQ(client_->send_event("1", DataType::Text, "x", false,
                                [&](const Result<void>&) { client_.reset(); }),
            Offer::Accepted);
  EXPECT_EQ(client_->send_event("1", DataType::Text, "x", false, note("next")), Offer::Accepted);
  ASSERT_TRUE(wait([&] { return client_ == nullptr; }));
  EXPECT_THAT(told_, ElementsAre("next invalid argument"));
}

}  // namespace
}  // namespace webpubsub
