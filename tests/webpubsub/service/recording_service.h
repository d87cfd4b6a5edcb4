// An HTTP server that notes what it is asked and answers what a test tells it to.

#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.h"
#include "tests/support/no_sink.h"
#include "tests/support/run_until.h"
#include "webpubsub/service/service_client.h"

namespace webpubsub::testing {

inline constexpr char kKey[] = "a-key-that-signs-the-tokens-of-this-test";

class RecordingService : public net::HttpServerHandler {
 public:
  explicit RecordingService(net::EventLoop& loop) {
    auto server = net::HttpServer::listen(loop, {}, *this);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = *std::move(server);
  }

  void on_request(net::HttpRequest request, net::HttpResponder respond) override {
    requests.push_back(std::move(request));
    net::HttpResponse answer{.status = 200};
    if (!answers.empty()) {
      answer = std::move(answers.front());
      answers.pop_front();
    }
    if (answer.status != 0) return respond(std::move(answer));
    kept.push_back(std::move(respond));  // 0: silence
  }
  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest&) override { return {.status = 400}; }

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void stop() { server_.reset(); }

  std::vector<net::HttpRequest> requests{};
  std::deque<net::HttpResponse> answers{};  // then 200 for ever
  std::vector<net::HttpResponder> kept{};

 private:
  std::unique_ptr<net::HttpServer> server_;
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceClientOptions options() const {
    ServiceClientOptions options;
    options.connection_string = {service_.endpoint(), Secret(kKey)};
    options.hub = "test";
    options.retry_wait = {std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                          std::chrono::milliseconds(20)};
    return options;
  }
  std::unique_ptr<ServiceClient> make_client(ServiceClientOptions options) {
    auto client = ServiceClient::create(*loop_, std::move(options));
    if (!client) throw std::runtime_error(client.error().message);
    return *std::move(client);
  }
  std::unique_ptr<ServiceClient> make_client() { return make_client(options()); }

  /// Runs an operation to its end: operate(done).
  template <class T, class Operate>
  Result<T> run(Operate&& operate) {
    std::optional<Result<T>> outcome;
    operate([&](Result<T> result) {
      EXPECT_FALSE(outcome) << "called twice";
      outcome = std::move(result);
    });
    EXPECT_FALSE(outcome) << "called before it returned";
    if (!gateway::support::run_until(*loop_, [&] { return outcome.has_value(); })) {
      return Error{Errc::Timeout, "the operation never ended"};
    }
    return *std::move(outcome);
  }

  gateway::support::NoSink sink_;
  Log log_{sink_, LogLevel::Error};
  std::unique_ptr<net::EventLoop> loop_ = std::move(net::EventLoop::create(log_)).value();
  RecordingService service_{*loop_};
};

}  // namespace webpubsub::testing
