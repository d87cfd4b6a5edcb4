// A loop that a test drives until what it waits for has happened.

#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <gtest/gtest.h>

#include "base/log.h"
#include "net/event_loop.h"
#include "tests/daemon/recording_sink.h"

namespace gateway {

class EventLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loop = webpubsub::net::EventLoop::create(log_);
    ASSERT_TRUE(loop) << loop.error().message;
    loop_ = std::move(*loop);
  }

  /// Serves until `condition` holds; false when that takes more than ten seconds.
  [[nodiscard]] bool serve_until(const std::function<bool()>& condition,
                                 std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto deadline = webpubsub::steady_now() + patience;
    while (!condition()) {
      if (webpubsub::steady_now() > deadline) return false;
      loop_->run_once(std::chrono::milliseconds(20));
    }
    return true;
  }

  RecordingSink sink_;
  webpubsub::Log log_{sink_, webpubsub::LogLevel::Debug};
  std::unique_ptr<webpubsub::net::EventLoop> loop_;
};

}  // namespace gateway
