// States of groups over several connections, against a service that does what a test says.

#include "client_fixture.h"
#include "webpubsub/client/group_state_memory.h"

namespace webpubsub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClientGroupStateTest : public ClientTest {
 protected:
  /// What the present connection was told, one word each.
  std::vector<std::string> requests() {
    std::vector<std::string> lines;
    for (const UpstreamFrame& frame : service_->side().frames) {
      if (const auto* set = std::get_if<SetGroupState>(&frame)) {
        lines.push_back("set " + set->group + (set->state ? "=" + set->state->at(0).second : ""));
      } else if (const auto* follow = std::get_if<SubscribeGroupState>(&frame)) {
        lines.push_back("follow " + follow->group);
      } else if (const auto* leave = std::get_if<UnsubscribeGroupState>(&frame)) {
        lines.push_back("unfollow " + leave->group);
      }
    }
    return lines;
  }
  void set(const std::string& group, const std::string& value) {
    client_->set_group_state(group, StringMap{{"at", value}}, note("set"));
  }
  void reconnect() {
    const std::size_t before = listener_.connected.size();
    service_->side().cut();
    ASSERT_TRUE(wait([&] { return listener_.connected.size() > before; }));
    settle();
  }
};

TEST_F(ClientGroupStateTest, WhatWasAcceptedIsSetAndFollowedAgain) {
  connect();
  set("a", "desk");
  set("b", "door");
  client_->subscribe_group_state("b", note("follow"));
  ASSERT_TRUE(wait([&] { return told_.size() == 3; }));
  reconnect();
  EXPECT_THAT(requests(), ElementsAre("set a=desk", "set b=door", "follow b"));
  EXPECT_EQ(told_.size(), 3U) << "a completion runs once";
}

TEST_F(ClientGroupStateTest, TheLatestCountsAndWhatWasClearedIsGone) {
  connect();
  set("a", "desk");
  set("a", "door");
  set("b", "x");
  client_->set_group_state("b", std::nullopt, note("clear"));
  client_->subscribe_group_state("c", note("follow"));
  client_->unsubscribe_group_state("c", note("unfollow"));
  ASSERT_TRUE(wait([&] { return told_.size() == 6; }));
  reconnect();
  EXPECT_THAT(requests(), ElementsAre("set a=door"));
}

TEST_F(ClientGroupStateTest, WhatWasRefusedIsNotSetAgain) {
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    if (const auto id = ScriptedService::ack_id_of(frame)) {
      side.send(Ack{*id, false, "Forbidden", "no"});
    }
  };
  connect();
  set("a", "desk");
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  EXPECT_THAT(told_, ElementsAre("set unauthorized"));
  reconnect();
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(ClientGroupStateTest, AFailureToSetItAgainIsToldAndTriedOnTheNextConnection) {
  connect();
  set("a", "desk");
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    if (const auto id = ScriptedService::ack_id_of(frame)) {
      side.send(Ack{*id, false, "Forbidden", "no"});
    }
  };
  reconnect();
  ASSERT_TRUE(wait([&] { return !listener_.state_failures.empty(); }));
  EXPECT_THAT(listener_.state_failures,
              ElementsAre(HasSubstr("a: the service answered Forbidden")));
  reconnect();
  EXPECT_THAT(requests(), ElementsAre("set a=desk"));
}

TEST_F(ClientGroupStateTest, WhatIsSetMeanwhileIsNotUndone) {
  connect();
  set("a", "desk");
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  listener_.then_on_connected = [this] { set("a", "door"); };
  reconnect();
  ASSERT_TRUE(wait([&] { return told_.size() == 2; }));
  EXPECT_EQ(requests().back(), "set a=door");
  listener_.then_on_connected = {};
  reconnect();
  EXPECT_THAT(requests(), ElementsAre("set a=door"));
}

TEST_F(ClientGroupStateTest, ItCanBeOff) {
  options_.auto_restore_group_states = false;
  connect();
  set("a", "desk");
  ASSERT_TRUE(wait([&] { return told_.size() == 1; }));
  reconnect();
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(ClientGroupStateTest, ManyGoThroughInWindows) {
  connect();
  constexpr std::size_t kMany = 3 * GroupStateMemory::kMaxInFlight;
  for (std::size_t i = 0; i < kMany; ++i) set("g" + std::to_string(i), "x");
  ASSERT_TRUE(wait([&] { return told_.size() == kMany; }));
  std::vector<AckId> held;
  service_->on_frame = [&](ServiceSide& side, const UpstreamFrame& frame) {
    if (const auto id = ScriptedService::ack_id_of(frame)) held.push_back(*id);
    if (std::holds_alternative<Ping>(frame)) side.send(Pong{});
  };
  reconnect();
  EXPECT_EQ(held.size(), GroupStateMemory::kMaxInFlight);
  service_->on_frame = [](ServiceSide& side, const UpstreamFrame& frame) {
    ScriptedService::answer_well(side, frame);
  };
  for (const AckId id : held) service_->side().send(Ack{id, true, {}, {}});
  ASSERT_TRUE(wait([&] { return requests().size() == kMany; }));
}

TEST_F(ClientGroupStateTest, TheMemoryIsBounded) {
  connect();
  GroupStateMemory memory;
  for (std::size_t i = 0; i < GroupStateMemory::kMaxGroups; ++i) {
    ASSERT_TRUE(memory.has_room(std::to_string(i)));
    memory.is_followed(std::to_string(i), true);
  }
  EXPECT_FALSE(memory.has_room("one more"));
  EXPECT_TRUE(memory.has_room("7"));
  memory.is_followed("7", false);
  EXPECT_TRUE(memory.has_room("one more"));
}

}  // namespace
}  // namespace webpubsub
