#include "hub/connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_connection.h"

namespace webpubsub::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNull;
using testing::UnorderedElementsAre;

class ConnectionsTest : public testing::Test {
 protected:
  Connections connections_;
  FakeConnection a_{"a", "ann"};
  FakeConnection b_{"b", "ann"};
  FakeConnection c_{"c"};
};

TEST_F(ConnectionsTest, FindsByIdUserAndGroup) {
  HubConnections& hub = connections_.add("chat", a_);
  connections_.add("chat", b_);
  connections_.add("chat", c_);
  hub.join(a_, "g");
  hub.join(c_, "g");
  EXPECT_EQ(hub.find("b"), &b_);
  EXPECT_THAT(hub.find("nobody"), IsNull());
  EXPECT_THAT(*hub.user("ann"), UnorderedElementsAre(&a_, &b_));
  EXPECT_THAT(*hub.group("g"), UnorderedElementsAre(&a_, &c_));
  EXPECT_THAT(hub.group("G"), IsNull());
  EXPECT_THAT(hub.user(""), IsNull()) << "the anonymous are no user";
}

TEST_F(ConnectionsTest, HubsAreWorldsOfTheirOwn) {
  connections_.add("one", a_).join(a_, "g");
  HubConnections& two = connections_.add("two", b_);
  EXPECT_THAT(two.group("g"), IsNull());
  EXPECT_THAT(two.find("a"), IsNull());
}

TEST_F(ConnectionsTest, JoinAndLeaveAreIdempotent) {
  HubConnections& hub = connections_.add("chat", a_);
  hub.leave(a_, "never joined");
  hub.join(a_, "g");
  hub.join(a_, "g");
  hub.leave(a_, "g");
  EXPECT_THAT(hub.group("g"), IsNull()) << "a group exists while somebody is in it";
  hub.leave(a_, "g");
  EXPECT_THAT(a_.group_names(), IsEmpty());
}

TEST_F(ConnectionsTest, RemovalLeavesNothingBehind) {
  HubConnections& hub = connections_.add("chat", a_);
  connections_.add("chat", b_);
  hub.join(a_, "g");
  hub.join(a_, "h");
  hub.join(b_, "h");
  connections_.remove(hub, a_);
  EXPECT_THAT(hub.group_names(), ElementsAre("h"));
  EXPECT_THAT(*hub.user("ann"), UnorderedElementsAre(&b_));
  connections_.remove(hub, b_);
  EXPECT_EQ(connections_.hubs(), 0U);
}

TEST_F(ConnectionsTest, ObserverHearsOfNewGroupsAndOfMessagesNobodyReceives) {
  struct Observer : GroupObserver {
    void on_group_active(std::string_view /*hub*/, std::string_view group) override {
      heard.emplace_back(group);
    }
    std::vector<std::string> heard;
  } observer;
  connections_.set_observer(observer);
  HubConnections& hub = connections_.add("chat", a_);
  hub.join(a_, "g");
  hub.join(a_, "g");
  EXPECT_NE(hub.group_to_send_to("g"), nullptr);
  EXPECT_EQ(hub.group_to_send_to("empty"), nullptr);
  EXPECT_THAT(observer.heard, ElementsAre("g", "empty"));
}

}  // namespace
}  // namespace webpubsub::hub
