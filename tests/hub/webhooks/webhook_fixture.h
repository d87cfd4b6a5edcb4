// A web server for webhooks, whose answers a test gives, on the loop that the hub's side runs on.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "tests/support/no_sink.h"

namespace webpubsub::hub {

class WebhookFixture : public testing::Test, public net::HttpServerHandler {
 protected:
  void SetUp() override {
    auto server = net::HttpServer::listen(*loop_, {}, *this);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    options_.webhook_limits.retry_waits.assign(3, std::chrono::milliseconds(1));
  }

  void on_request(net::HttpRequest request, net::HttpResponder respond) override {
    requests_.push_back(std::move(request));
    if (answer_) {
      respond(answer_(requests_.back()));
    } else {
      waiting_.push_back(std::move(respond));
    }
  }
  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& /*request*/) override {
    return {.status = 404};
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  static net::HttpResponse granted() { return {.headers = {{"WebHook-Allowed-Origin", "*"}}}; }

  void run_until(const std::function<bool()>& condition) {
    const TimePoint deadline = steady_now() + std::chrono::seconds(10);
    while (!condition() && steady_now() < deadline) loop_->run_once(std::chrono::milliseconds(50));
    ASSERT_TRUE(condition()) << "waited in vain";
  }

  gateway::support::NoSink sink_;
  Log log_{sink_, LogLevel::Error};
  std::unique_ptr<net::EventLoop> loop_ = net::EventLoop::create(log_).value();
  std::unique_ptr<net::HttpServer> server_;
  HubOptions options_;
  HubCounters counters_;
  std::vector<net::HttpRequest> requests_;
  std::vector<net::HttpResponder> waiting_;  // when there is no answer_
  std::function<net::HttpResponse(const net::HttpRequest&)> answer_;
};

}  // namespace webpubsub::hub
