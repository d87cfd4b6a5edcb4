// What the gateway, as a program, tells the service manager from its start to its end.

#include <cstdlib>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/daemon/child_process.h"
#include "tests/daemon/datagram_socket.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kWatchdog = "WATCHDOG=1";

class NotifyProgram : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(socket_.bound());
    setenv("NOTIFY_SOCKET", folder_.file("notify").c_str(), 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    unsetenv("WATCHDOG_PID");
    configure("rules: [{name: all, topic: '#', group: all}]\n");
  }
  void configure(const std::string& rules) const {
    // Nothing ever listens on port 1: the broker is away for good.
    std::ofstream(folder_.file("gateway.yaml")) << R"(
mqtt: {broker: "mqtt://127.0.0.1:1"}
hub: {listen: "127.0.0.1:0"}
status: {listen: "127.0.0.1:0"}
)" << rules;
  }
  void TearDown() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }

  /// The next datagram that holds `words`; empty when none comes in time.
  std::string told(const std::string& words) {
    const auto deadline = webpubsub::steady_now() + 30s;
    while (webpubsub::steady_now() < deadline) {
      const auto datagram = socket_.receive(1000ms);
      if (datagram && datagram->find(words) != std::string::npos) return *datagram;
    }
    return {};
  }

  support::TempFolder folder_;
  DatagramSocket socket_{folder_.file("notify")};
};

TEST_F(NotifyProgram, IsReadyFedAndToldAboutWithoutABroker) {
  ChildProcess gateway({GW_GATEWAY, "run", "--config", folder_.file("gateway.yaml")});
  EXPECT_THAT(told("READY=1"), HasSubstr("\nSTATUS=no link to the broker"));
  EXPECT_THAT(told("connected to"), HasSubstr("connected to the embedded hub"));
  EXPECT_EQ(told(kWatchdog), kWatchdog) << "a broker that is away is no reason to be restarted";
  EXPECT_EQ(told(kWatchdog), kWatchdog);

  gateway.signal(SIGSTOP);
  while (socket_.receive(0ms)) {
  }
  EXPECT_EQ(socket_.receive(1500ms), std::nullopt) << "a loop that stands still feeds nobody";
  gateway.signal(SIGCONT);
  EXPECT_EQ(told(kWatchdog), kWatchdog);

  gateway.signal(SIGTERM);
  EXPECT_THAT(told("STOPPING=1"), StartsWith("STOPPING=1\nSTATUS="));
  EXPECT_EQ(gateway.exit_code(), 0) << gateway.rest();
}

TEST_F(NotifyProgram, AsksForTimeBeforeItOpensAndRepairsTheStore) {
  const auto folder = folder_.file("data");
  configure("rules: [{name: kept, topic: '#', group: all, store: disk}]\nstore: {directory: '" +
            folder + "'}\n");
  ChildProcess first({GW_GATEWAY, "run", "--config", folder_.file("gateway.yaml")});
  EXPECT_EQ(told("STATUS="), "STATUS=opening the store");
  EXPECT_THAT(told("EXTEND_TIMEOUT_USEC="), StartsWith("EXTEND_TIMEOUT_USEC=60"));
  ASSERT_THAT(told("STATUS="), StartsWith("READY=1")) << "a sound store needs no repair";
  first.signal(SIGTERM);
  ASSERT_EQ(first.exit_code(), 0) << first.rest();

  // Each eight megabytes more of what may have to be read are eight seconds.
  std::ofstream(folder + "/store/CURRENT") << "nonsense";
  std::ofstream(folder + "/store/noise") << std::string(8 * 1024 * 1024, 'x');
  while (socket_.receive(0ms)) {
  }
  ChildProcess second({GW_GATEWAY, "run", "--config", folder_.file("gateway.yaml")});
  EXPECT_EQ(told("STATUS="), "STATUS=opening the store");
  EXPECT_EQ(told("EXTEND_TIMEOUT_USEC="), "EXTEND_TIMEOUT_USEC=68000000");
  EXPECT_EQ(told("STATUS="), "STATUS=repairing the store");
  EXPECT_EQ(told("EXTEND_TIMEOUT_USEC="), "EXTEND_TIMEOUT_USEC=68000000");
  EXPECT_THAT(told("STATUS="), StartsWith("READY=1"));
  second.signal(SIGTERM);
  EXPECT_EQ(second.exit_code(), 0) << second.rest();
}

}  // namespace
}  // namespace gateway
