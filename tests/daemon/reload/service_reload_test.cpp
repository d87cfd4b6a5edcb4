// SIGHUP to the whole service: what the service manager and the operator's socket are told.

#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>

#include "daemon/service.h"
#include "tests/daemon/datagram_socket.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ServiceReload : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    ASSERT_TRUE(block_signals());
    ASSERT_TRUE(manager_.bound());
    setenv("NOTIFY_SOCKET", folder_.file("notify").c_str(), 1);
    write(kConfiguration);
    auto service = Service::create(*loop_, std::get<Settings>(load()), log_);
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }
  void TearDown() override {
    service_.reset();
    unsetenv("NOTIFY_SOCKET");
  }

  config::Loaded load() const { return config::load(folder_.file("gateway.yaml"), environment_); }
  void write(const std::string& text) const {
    folder_.write("gateway.yaml",
                  text + "mqtt: {broker: \"mqtt://127.0.0.1:" + std::to_string(nobody_) + "\"}\n");
  }
  /// Runs the service until `signals` were dealt with and it has stopped again.
  void run_through(int signal) {
    webpubsub::net::Timer raise(*loop_, [signal] { std::raise(signal); });
    webpubsub::net::Timer stop(*loop_, [this] { service_->stop(); });
    raise.start_after(0ms);
    // A signal is read by the loop's next lap; the stop waits for the end of what it caused.
    webpubsub::net::Timer look(*loop_, [&] {
      const bool over = service_->gateway().snapshot().state == RunState::Running &&
                        (told("gateway.reloaded") || told("gateway.reload_refused"));
      if (over) {
        stop.start_after(0ms);
      } else {
        look_again_->start_after(5ms);
      }
    });
    look_again_ = &look;
    look.start_after(5ms);
    service_->run();
  }
  bool told(const std::string& event) const {
    return std::find(sink_.events().begin(), sink_.events().end(), event) != sink_.events().end();
  }
  std::string next_notice() { return manager_.receive(5s).value_or("(nothing)"); }

  static constexpr const char* kConfiguration =
      "hub: {listen: \"127.0.0.1:0\"}\nstatus: {listen: off}\n";
  support::TempFolder folder_{};
  DatagramSocket manager_{folder_.file("notify")};
  config::Environment environment_{.variable = {}, .host_name = "bench", .machine_id = "m"};
  const std::uint16_t nobody_ = support::free_port();
  webpubsub::net::Timer* look_again_ = nullptr;
  std::unique_ptr<Service> service_{};
};

TEST_F(ServiceReload, TellsTheServiceManagerBeginningAndEnd) {
  service_->reload_from([this] { return load(); });
  write(std::string(kConfiguration) + "presence: {interval: 5s}\n");
  run_through(SIGHUP);
  EXPECT_THAT(next_notice(), HasSubstr("READY=1"));
  const auto reloading = next_notice();
  EXPECT_THAT(reloading, HasSubstr("RELOADING=1"));
  EXPECT_THAT(reloading, HasSubstr("MONOTONIC_USEC="));
  EXPECT_THAT(next_notice(), HasSubstr("READY=1"));
  EXPECT_TRUE(told("gateway.reloaded"));
  EXPECT_EQ(service_->gateway().settings().presence.interval, 5s);
}

TEST_F(ServiceReload, ReadyComesAfterARefusalToo) {
  service_->reload_from([this] { return load(); });
  write("nonsense: 1\n");
  run_through(SIGHUP);
  EXPECT_THAT(next_notice(), HasSubstr("READY=1"));
  EXPECT_THAT(next_notice(), HasSubstr("RELOADING=1"));
  EXPECT_THAT(next_notice(), HasSubstr("READY=1"));
  EXPECT_TRUE(told("gateway.reload_refused"));
}

TEST_F(ServiceReload, WithoutAFileItIsRefused) {
  run_through(SIGHUP);
  EXPECT_TRUE(told("gateway.reload_refused"));
}

}  // namespace
}  // namespace gateway
