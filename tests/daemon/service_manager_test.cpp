#include "daemon/service_manager.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/datagram_socket.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// We are the service manager: its socket and its environment.
class ServiceManagerTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    ASSERT_TRUE(socket_.bound());
    setenv("NOTIFY_SOCKET", folder_.file("notify").c_str(), 1);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
  }
  void TearDown() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }

  std::string received() { return socket_.receive(0ms).value_or("(nothing)"); }

  support::TempFolder folder_;
  DatagramSocket socket_{folder_.file("notify")};
};

TEST_F(ServiceManagerTest, IsToldReadyStatusAndStopping) {
  ServiceManager manager(*loop_, log_);
  manager.ready("mqtt up, cloud down");
  EXPECT_EQ(received(), "READY=1\nSTATUS=mqtt up, cloud down");
  manager.status("mqtt up, cloud up");
  EXPECT_EQ(received(), "STATUS=mqtt up, cloud up");
  manager.status("mqtt up, cloud up");
  EXPECT_EQ(received(), "(nothing)") << "the same status is told once";
  manager.extend_timeout(5s);
  EXPECT_EQ(received(), "EXTEND_TIMEOUT_USEC=5000000");
  manager.stopping("sending what is pending");
  EXPECT_EQ(received(), "STOPPING=1\nSTATUS=sending what is pending");
}

TEST_F(ServiceManagerTest, IsToldWhenAReloadBeginsAndEnds) {
  ServiceManager manager(*loop_, log_);
  manager.reloading();
  EXPECT_THAT(received(), testing::MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager.ready("reloaded");
  EXPECT_EQ(received(), "READY=1\nSTATUS=reloaded");
}

TEST_F(ServiceManagerTest, AStatusCannotAddAVariable) {
  ServiceManager manager(*loop_, log_);
  manager.status("cloud down: odd\nREADY=1");
  EXPECT_EQ(received(), "STATUS=cloud down: odd\\nREADY=1");
}

TEST_F(ServiceManagerTest, FeedsTheWatchdogTwicePerInterval) {
  setenv("WATCHDOG_USEC", "400000", 1);
  ServiceManager manager(*loop_, log_);
  const auto started = webpubsub::steady_now();
  manager.watch([] { return std::nullopt; });
  EXPECT_EQ(manager.feed_interval(), 200ms);
  std::vector<std::string> fed;
  ASSERT_TRUE(serve_until([&] {
    while (auto datagram = socket_.receive(0ms)) fed.push_back(*datagram);
    return fed.size() == 3;
  }));
  EXPECT_THAT(fed, ElementsAre("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"));
  EXPECT_GE(webpubsub::steady_now() - started, 400ms);
}

TEST_F(ServiceManagerTest, StarvesTheWatchdogWhileSomethingHangs) {
  setenv("WATCHDOG_USEC", "20000", 1);
  ServiceManager manager(*loop_, log_);
  int checks = 0;
  bool stuck = true;
  manager.watch([&]() -> std::optional<std::string> {
    ++checks;
    if (stuck) return "the link to the broker";
    return std::nullopt;
  });
  ASSERT_TRUE(serve_until([&] { return checks >= 4; }));
  EXPECT_EQ(received(), "(nothing)");
  EXPECT_THAT(sink_.events(), ElementsAre("watchdog.withheld")) << "told once, not at each check";
  EXPECT_THAT(sink_.messages()[0], testing::EndsWith("the link to the broker"));

  stuck = false;
  ASSERT_TRUE(serve_until([&] { return received() == "WATCHDOG=1"; }));
  EXPECT_THAT(sink_.events(), ElementsAre("watchdog.withheld", "watchdog.moving"));
}

TEST_F(ServiceManagerTest, LeavesAWatchdogMeantForAnotherProcessAlone) {
  setenv("WATCHDOG_USEC", "20000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  ServiceManager manager(*loop_, log_);
  manager.watch([] { return std::nullopt; });
  EXPECT_EQ(manager.feed_interval(), std::nullopt);
  EXPECT_EQ(received(), "(nothing)");
}

TEST_F(ServiceManagerTest, IsNotMissedWhereThereIsNone) {
  unsetenv("NOTIFY_SOCKET");
  ServiceManager manager(*loop_, log_);
  manager.ready("on a terminal");
  manager.watch([] { return std::nullopt; });
  manager.stopping("bye");
  EXPECT_EQ(received(), "(nothing)");
  EXPECT_THAT(sink_.events(), testing::IsEmpty());
}

}  // namespace
}  // namespace gateway
