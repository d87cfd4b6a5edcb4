// One handler's queue: bounds, repeats, the time an event has, and counters.

#include "hub/webhooks/webhook.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "webhook_fixture.h"

namespace webpubsub::hub {
namespace {

using std::chrono_literals::operator""ms;

class WebhookTest : public WebhookFixture {
 protected:
  void create() {
    webhook_ = std::make_unique<Webhook>(
        *loop_, log_, options_,
        WebhookSettings{.url_template = url("/{event}"), .user_events = {"*"}}, "127.0.0.1",
        counters_);
  }
  void send(const std::string& event, std::string body = {}) {
    webhook_->send({.hub = "chat", .event = event, .body = std::move(body)},
                   [this](Result<net::HttpResponse> answer) {
                     answers_.push_back(answer ? std::to_string(answer->status)
                                               : std::string(to_string(answer.error().code)));
                   });
  }
  /// Posts are kept waiting.
  std::size_t posts() const {
    return static_cast<std::size_t>(
        std::count_if(requests_.begin(), requests_.end(),
                      [](const net::HttpRequest& request) { return request.method == "POST"; }));
  }
  void grant() {
    run_until([&] { return waiting_.size() == 1; });
    waiting_[0](granted());
    waiting_.clear();
  }

  std::unique_ptr<Webhook> webhook_;
  std::vector<std::string> answers_;
};

TEST_F(WebhookTest, OnlySoManyAreUnderWayAndSoManyWait) {
  options_.webhook_limits.max_in_flight = 2;
  options_.webhook_limits.max_queued = 1;
  create();
  for (const char* name : {"a", "b", "c"}) send(name);
  EXPECT_TRUE(answers_.empty());
  send("d");
  EXPECT_EQ(answers_, std::vector<std::string>{std::string(to_string(Errc::ResourceExhausted))});
  EXPECT_EQ(counters_.webhook_overflows, 1U);
  grant();
  run_until([&] { return posts() == 2; });
  waiting_[0]({});
  run_until([&] { return posts() == 3; });
  EXPECT_EQ(requests_.back().path, "/c");
  for (const auto& respond : waiting_) respond({});
  run_until([&] { return answers_.size() == 4; });
  EXPECT_EQ(counters_.webhook_events, 3U);
  EXPECT_EQ(counters_.webhook_failures, 1U);
}

TEST_F(WebhookTest, BytesThatWaitAreBoundedToo) {
  options_.webhook_limits.max_in_flight = 1;
  options_.webhook_limits.max_queued_bytes = 10;
  create();
  send("a", std::string(1000, 'x'));
  send("b", std::string(10, 'x'));
  send("c", "x");
  EXPECT_EQ(answers_.size(), 1U);
  grant();
  run_until([&] { return posts() == 1; });
  waiting_[0]({});
  run_until([&] { return posts() == 2; });
  send("d", std::string(10, 'x'));
  EXPECT_EQ(answers_.size(), 2U) << "room again: a has its answer, d waits";
}

TEST_F(WebhookTest, AQueueOfHopelessEventsEndsWithoutADeepStack) {
  answer_ = [](const net::HttpRequest&) { return net::HttpResponse{.status = 403}; };
  options_.webhook_limits.max_in_flight = 1;
  options_.webhook_limits.max_queued = 100'000;
  create();
  for (int i = 0; i < 50'000; ++i) send("e");
  run_until([&] { return answers_.size() == 50'000; });
  EXPECT_EQ(counters_.webhook_failures, 50'000U);
}

TEST_F(WebhookTest, RepeatsEndWithTheTimeOfTheEvent) {
  answer_ = [](const net::HttpRequest& request) {
    return request.method == "OPTIONS" ? granted() : net::HttpResponse{.status = 500};
  };
  options_.webhook_limits.timeout = 4000ms;
  options_.webhook_limits.retry_waits.assign(3, 5000ms);
  create();
  send("e");
  run_until([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_, std::vector<std::string>{"500"}) << "the answer there was, without a repeat";
  EXPECT_EQ(counters_.webhook_retries, 0U);
}

TEST_F(WebhookTest, TimeInTheQueueCounts) {
  options_.webhook_limits.max_in_flight = 1;
  options_.webhook_limits.timeout = 500ms;
  create();
  send("a");
  send("b");
  grant();
  run_until([&] { return answers_.size() == 2; });
  const std::string timeout(to_string(Errc::Timeout));
  EXPECT_EQ(answers_, (std::vector<std::string>{timeout, timeout}));
  EXPECT_EQ(posts(), 1U);
}

TEST_F(WebhookTest, ARefusalOfConnectIsNoFailure) {
  answer_ = [](const net::HttpRequest& request) {
    return request.method == "OPTIONS" ? granted() : net::HttpResponse{.status = 401};
  };
  create();
  webhook_->send({.hub = "chat", .event = "connect", .may_be_refused = true},
                 [this](const Result<net::HttpResponse>& answer) {
                   answers_.push_back(std::to_string(answer->status));
                 });
  run_until([&] { return !answers_.empty(); });
  EXPECT_EQ(counters_.webhook_events, 1U);
  EXPECT_EQ(counters_.webhook_failures, 0U);
}

TEST_F(WebhookTest, ManyHubNamesAreForgottenInTurn) {
  answer_ = [](const net::HttpRequest&) { return granted(); };
  create();
  for (int i = 0; i < 1'200; ++i) {
    webhook_->send({.hub = "hub" + std::to_string(i), .event = "e"},
                   [this](const Result<net::HttpResponse>& answer) {
                     answers_.push_back(answer ? "ok" : answer.error().message);
                   });
    run_until([&] { return answers_.size() == static_cast<std::size_t>(i) + 1; });
  }
  EXPECT_EQ(std::count(answers_.begin(), answers_.end(), "ok"), 1'200);
}

TEST_F(WebhookTest, MayBeDestroyedWithEventsUnderWay) {
  options_.webhook_limits.max_in_flight = 1;
  create();
  send("a");
  send("b");
  grant();
  run_until([&] { return posts() == 1; });
  webhook_.reset();
  waiting_[0]({});
  loop_->run_once(10ms);
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace webpubsub::hub
