#include "daemon/presence.h"

#include <gtest/gtest.h>

#include "daemon/build_info.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

TEST(Presence, SaysHowTheGatewayIs) {
  GatewaySnapshot snapshot;
  snapshot.state = RunState::Running;
  snapshot.gateway_id = "edge \"01\"";
  snapshot.uptime = 90s;
  snapshot.links = {{.name = "mqtt", .up = true}, {.name = "cloud", .up = false}};
  snapshot.rules = {{.name = "climate",
                     .received = 10,
                     .forwarded = 6,
                     .filtered = 1,
                     .dropped = {{"malformed", 1}, {"stopped", 0}},
                     .pending = 2}};
  EXPECT_EQ(
      presence_message(snapshot, 30s),
      R"({"type":"gateway-status","v":1,"gateway":"edge \"01\"","version":")" +
          std::string(build_info().version) +
          R"(","state":"online","uptime_s":90,"mqtt":"connected","service":"disconnected",)"
          R"("rules":[{"name":"climate","received":10,"forwarded":6,"filtered":1,"dropped":1,)"
          R"("pending":2}],"interval_s":30.0})");
}

}  // namespace
}  // namespace gateway
