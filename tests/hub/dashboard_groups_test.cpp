#include "hub/dashboard_groups.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_connection.h"

namespace webpubsub::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class DashboardGroupsTest : public testing::Test {
 protected:
  DashboardGroupsTest() { connections_.set_observer(groups_); }

  HubConnections& connect_page() {
    HubConnections& hub = connections_.add("telemetry", page_);
    groups_.add_page(page_);
    return hub;
  }

  Connections connections_;
  DashboardGroups groups_{connections_, "Telemetry", {"gateways", "site-*"}};
  FakeConnection page_{"page"};
  FakeConnection gateway_{"gateway", "edge-01"};
};

TEST_F(DashboardGroupsTest, PageJoinsNamesAtOnceAndPrefixesAsTheirGroupsComeUp) {
  HubConnections& hub = connect_page();
  EXPECT_THAT(page_.group_names(), ElementsAre("gateways"));
  connections_.add("telemetry", gateway_);
  EXPECT_NE(hub.group_to_send_to("site-berlin"), nullptr) << "the first message reaches the page";
  EXPECT_EQ(hub.group_to_send_to("other"), nullptr);
  EXPECT_THAT(page_.group_names(), UnorderedElementsAre("gateways", "site-berlin"));
}

TEST_F(DashboardGroupsTest, PageThatComesLaterJoinsWhatWasSeenBefore) {
  HubConnections& hub = connections_.add("telemetry", gateway_);
  EXPECT_EQ(hub.group_to_send_to("site-berlin"), nullptr) << "nobody watches yet";
  connect_page();
  EXPECT_THAT(page_.group_names(), UnorderedElementsAre("gateways", "site-berlin"));
}

TEST_F(DashboardGroupsTest, GroupThatThePageLeftIsNotForcedUponItAgain) {
  HubConnections& hub = connect_page();
  EXPECT_NE(hub.group_to_send_to("site-berlin"), nullptr);
  hub.leave(page_, "site-berlin");
  EXPECT_EQ(hub.group_to_send_to("site-berlin"), nullptr);
}

TEST_F(DashboardGroupsTest, NewListMovesConnectedPages) {
  HubConnections& hub = connect_page();
  connections_.add("telemetry", gateway_);
  hub.join(gateway_, "machines");
  EXPECT_NE(hub.group_to_send_to("site-berlin"), nullptr);
  groups_.set_groups({"mach*", "alarms"});
  EXPECT_THAT(page_.group_names(), UnorderedElementsAre("machines", "alarms"));
  groups_.set_groups({});
  EXPECT_THAT(page_.group_names(), IsEmpty());
}

TEST_F(DashboardGroupsTest, OtherHubsAreNotWatched) {
  connect_page();
  HubConnections& other = connections_.add("other", gateway_);
  EXPECT_EQ(other.group_to_send_to("site-berlin"), nullptr);
  EXPECT_THAT(page_.group_names(), ElementsAre("gateways"));
}

TEST_F(DashboardGroupsTest, FollowsAThousandGroupsAndCountsTheRest) {
  HubConnections& hub = connect_page();
  for (std::size_t i = 0; i < DashboardGroups::kMaxFound + 10; ++i) {
    hub.group_to_send_to("site-" + std::to_string(i));
  }
  EXPECT_EQ(page_.groups().size(), DashboardGroups::kMaxFound);
  EXPECT_EQ(groups_.not_followed(), 11U) << "the configured name is one of the thousand";
}

}  // namespace
}  // namespace webpubsub::hub
