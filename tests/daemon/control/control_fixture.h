// A control server on a loop, and clients that ask it from a thread of their own.

#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control/control_answers.h"
#include "daemon/control/control_client.h"
#include "daemon/control/control_server.h"
#include "tests/daemon/event_loop_fixture.h"
#include "tests/daemon/sample_snapshot.h"
#include "tests/support/temp_folder.h"

namespace gateway {

/// A client that says what it likes, when it likes.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void say(const std::string& text) const {
    ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  void end_of_speech() const { ::shutdown(fd_, SHUT_WR); }
  /// Takes what is there; true once the other side has ended.
  bool hear() {
    std::string buffer(65'536, '\0');
    while (true) {
      const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count < 0) return errno != EAGAIN;
      if (count == 0) return true;
      heard_.append(buffer, 0, static_cast<std::size_t>(count));
    }
  }
  const std::string& heard() const { return heard_; }

 private:
  int fd_;
  std::string heard_{};
};

class ControlTest : public EventLoopTest {
 protected:
  void SetUp() override {
    EventLoopTest::SetUp();
    target_.snapshot = [this] { return snapshot_; };
    target_.configuration = [] { return std::string("gateway: {id: edge-01}\n"); };
    options_.path = folder_.file("control.sock");
  }
  void TearDown() override {
    server_.reset();
    loop_.reset();
  }

  void serve() {
    auto server = ControlServer::listen(*loop_, options_, answer_from(target_), log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  webpubsub::Result<ControlReply> ask(const ControlRequest& request) {
    auto answer = std::async(std::launch::async, [&] {
      return ask_gateway(options_.path, request, std::chrono::seconds(10));
    });
    EXPECT_TRUE(serve_until(
        [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
    return answer.get();
  }

  std::uint64_t count(ControlCode code) const {
    return server_->tally()[static_cast<std::size_t>(code)].second;
  }

  support::TempFolder folder_;
  GatewaySnapshot snapshot_ = sample_snapshot();
  ControlTarget target_;
  ControlOptions options_;
  std::unique_ptr<ControlServer> server_;
};

}  // namespace gateway
