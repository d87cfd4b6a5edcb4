#include "daemon/service_status.h"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

#include "tests/daemon/sample_snapshot.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

constexpr webpubsub::WallTime kNow(1763690400s);  // 02:00:00 in UTC

class ServiceStatus : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC0", 1);
    tzset();
    snapshot.hub.reset();
    snapshot.rules[0].dropped = {{"malformed", 0}};
    snapshot.rules[0].pending = 0;
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
  std::string line(webpubsub::WallTime now = kNow) const { return service_status(snapshot, now); }

  GatewaySnapshot snapshot = sample_snapshot();
};

TEST_F(ServiceStatus, IsShortWhileAllIsWell) {
  snapshot.links[1].up = true;
  EXPECT_EQ(line(), "connected to the broker and the service");
  snapshot.hub.emplace();
  EXPECT_EQ(line(), "connected to the broker and the embedded hub");
}

TEST_F(ServiceStatus, StaysTheSameUntilSomethingChanges) {
  snapshot.links[1].up = true;
  const auto before = line();
  snapshot.rules[0].forwarded += 100'000;
  snapshot.rules[0].received += 100'007;
  snapshot.rules[0].pending = 7;  // on its way, as always
  EXPECT_EQ(line(kNow + 1h), before);

  snapshot.links[1].up = false;
  const auto away = line();
  snapshot.links[1].down_for += 1s;
  *snapshot.links[1].retry_in -= 1s;
  EXPECT_EQ(line(kNow + 1s), away);
}

TEST_F(ServiceStatus, SaysWhichLinkIsAwaySinceWhenWhyAndWhenItIsTriedAgain) {
  snapshot.links[1].down_for = 90s;
  EXPECT_EQ(line(),
            "no link to the service since 01:58 (connection refused), next try at 02:00:03; "
            "connected to the broker");
  snapshot.links[0] = {.name = "mqtt"};
  EXPECT_EQ(line(),
            "no link to the broker; no link to the service since 01:58 (connection refused), next "
            "try at 02:00:03");
}

TEST_F(ServiceStatus, SaysThatTheStoreTakesNothingAndWhy) {
  snapshot.links[1].up = true;
  snapshot.store = {.open = true, .usable = false, .trouble = "no space left on device"};
  EXPECT_EQ(line(),
            "connected to the broker and the service; the store takes nothing (no space left on "
            "device)");
  snapshot.store.open = false;  // nothing needs it
  EXPECT_EQ(line(), "connected to the broker and the service");
}

TEST_F(ServiceStatus, SaysWhatWaitsAndWhatWasLost) {
  snapshot.links[1].up = true;
  snapshot.queues[0].oldest_age = 20s;
  snapshot.rules[0].pending = 1;
  EXPECT_EQ(line(), "connected to the broker and the service; 1 reading waits");
  snapshot.rules[0].pending = 12'345;
  const auto rough = line();
  EXPECT_EQ(rough, "connected to the broker and the service; over 12000 readings wait");
  snapshot.rules[0].pending = 12'999;
  EXPECT_EQ(line(), rough);
  snapshot.queues[0].oldest_age = 1s;
  snapshot.rules[0].dropped = {{"malformed", 13}, {"inbox_full", 1}};
  EXPECT_EQ(line(), "connected to the broker and the service; 14 readings lost since the start");
}

}  // namespace
}  // namespace gateway
