// The endpoint: who may send it events, what reaches the handler, and how often it is answered.

#include <gtest/gtest.h>

#include "base/log.h"
#include "event_request.h"
#include "net/event_loop.h"
#include "tests/support/no_sink.h"
#include "webpubsub/events/event_handler.h"

namespace webpubsub {
namespace {

using std::chrono_literals::operator""ms;

/// Keeps what came; answers only when the test says so.
class KeepingHandler : public EventHandler {
 public:
  void on_connect(const ConnectEvent& event, ConnectResponder respond) override {
    seen.push_back("connect " + event.context.user_id);
    connects.push_back(std::move(respond));
  }
  void on_user_event(const UserEvent& event, UserEventResponder respond) override {
    seen.push_back(event.context.event + " " + event.data.bytes);
    user_events.push_back(std::move(respond));
  }
  void on_connected(const ConnectedEvent& /*event*/) override { seen.emplace_back("connected"); }
  void on_disconnected(const DisconnectedEvent& event) override {
    seen.push_back("disconnected " + event.reason);
  }
  void on_group_event(const GroupEvent& event) override {
    seen.push_back((event.joined ? "joined " : "left ") + event.group);
  }

  std::vector<std::string> seen;
  std::vector<ConnectResponder> connects;
  std::vector<UserEventResponder> user_events;
};

class EventEndpointTest : public testing::Test {
 protected:
  void create(EventEndpointOptions options) {
    if (options.access_keys.empty()) options.access_keys = {kEventKey};
    auto made = EventEndpoint::create(*loop_, std::move(options), handler_);
    ASSERT_TRUE(made) << made.error().message;
    endpoint_ = std::move(*made);
  }
  void SetUp() override { create({.hub = "chat"}); }

  void send(net::HttpRequest request) {
    endpoint_->handle(std::move(request), [this](net::HttpResponse response) {
      answers_.push_back(std::move(response));
    });
  }
  int status_of(net::HttpRequest request) {
    answers_.clear();
    send(std::move(request));
    return answers_.size() == 1 ? answers_[0].status : 0;
  }
  static net::HttpRequest preflight(const std::string& origin) {
    net::HttpRequest request{.method = "OPTIONS", .path = "/api/webpubsub/hubs/chat"};
    if (!origin.empty()) request.headers = {{"WebHook-Request-Origin", origin}};
    return request;
  }
  std::string allowed(const std::string& origin) {
    answers_.clear();
    send(preflight(origin));
    return std::string(
        net::find_header(answers_.at(0).headers, "WebHook-Allowed-Origin").value_or(""));
  }
  void run_until(const std::function<bool()>& condition) {
    const TimePoint deadline = steady_now() + std::chrono::seconds(10);
    while (!condition() && steady_now() < deadline) loop_->run_once(50ms);
    ASSERT_TRUE(condition());
  }

  gateway::support::NoSink sink_;
  Log log_{sink_, LogLevel::Info};
  std::unique_ptr<net::EventLoop> loop_ = net::EventLoop::create(log_).value();
  KeepingHandler handler_;
  std::unique_ptr<EventEndpoint> endpoint_;
  std::vector<net::HttpResponse> answers_;
};

TEST_F(EventEndpointTest, NeedsAKeyUnlessItIsToldToTrustAnybody) {
  EXPECT_FALSE(EventEndpoint::create(*loop_, {}, handler_));
  EXPECT_FALSE(EventEndpoint::create(*loop_, {.access_keys = {Secret()}}, handler_));
  EXPECT_FALSE(EventEndpoint::create(*loop_, {.path = "x", .accept_unsigned = true}, handler_));
  EXPECT_FALSE(EventEndpoint::create(
      *loop_, {.accept_unsigned = true, .allowed_origins = {"https://"}}, handler_));
  EXPECT_TRUE(EventEndpoint::create(*loop_, {.accept_unsigned = true}, handler_));
}

TEST_F(EventEndpointTest, HandlesItsPathAndWhatIsBelow) {
  const auto handles = [this](const std::string& path) {
    return endpoint_->handles({.method = "POST", .path = path});
  };
  EXPECT_TRUE(handles("/api/webpubsub/hubs/chat"));
  EXPECT_TRUE(handles("/api/webpubsub/hubs/Chat/"));
  EXPECT_TRUE(handles("/api/webpubsub/hubs/chat/connect"));
  EXPECT_FALSE(handles("/api/webpubsub/hubs/chatter"));
  EXPECT_FALSE(handles("/"));
  create({.path = "/eventhandler/"});
  EXPECT_TRUE(handles("/eventhandler/validate"));
  create({});
  EXPECT_TRUE(handles("/api/webpubsub/hubs/any"));
}

TEST_F(EventEndpointTest, EverybodyMayAskWhoMaySendWithoutAList) {
  EXPECT_EQ(allowed("name.webpubsub.azure.com"), "*");
  EXPECT_EQ(status_of(preflight("")), 400);
  EXPECT_EQ(endpoint_->counters().validations, 1U);
}

TEST_F(EventEndpointTest, ListedOriginsAreGrantedInAnySpelling) {
  create(
      {.hub = "chat", .allowed_origins = {"https://Name.webpubsub.azure.com/", "127.0.0.1:8080"}});
  EXPECT_EQ(allowed("name.webpubsub.azure.com"), "name.webpubsub.azure.com");
  EXPECT_EQ(allowed("NAME.webpubsub.azure.com"), "NAME.webpubsub.azure.com");
  EXPECT_EQ(allowed("127.0.0.1"), "127.0.0.1") << "a hub names itself without its port";
  EXPECT_EQ(allowed("evil.example"), "");
  EXPECT_EQ(answers_.at(0).status, 400);
  EXPECT_EQ(allowed("name.webpubsub.azure.com.evil.example"), "");
}

TEST_F(EventEndpointTest, ForgedAndMissingSignaturesAreRefused) {
  auto request = event_request("user.message", "{}");
  set_header(request, "ce-signature", event_signature("c1", {Secret("some other key")}));
  EXPECT_EQ(status_of(request), 401);
  set_header(request, "ce-signature", event_signature("c2", {kEventKey}));
  EXPECT_EQ(status_of(request), 401) << "made for another connection";
  remove_header(request, "ce-signature");
  EXPECT_EQ(status_of(request), 401);
  EXPECT_TRUE(handler_.seen.empty());
  EXPECT_EQ(endpoint_->counters().unsigned_requests, 3U);
  create({.accept_unsigned = true});
  send(request);
  EXPECT_EQ(handler_.seen, std::vector<std::string>{"message {}"});
}

TEST_F(EventEndpointTest, TheSecondaryKeyIsAsGoodAsThePrimary) {
  const Secret secondary("the secondary key, 32 characters");
  create({.hub = "chat", .access_keys = {kEventKey, secondary}});
  auto request = event_request("sys.connected", "{}");
  EXPECT_EQ(status_of(request), 200);
  set_header(request, "ce-signature", event_signature("c1", {secondary}));
  EXPECT_EQ(status_of(request), 200);
}

TEST_F(EventEndpointTest, WhatIsNoEventOfOursIsRefusedWithAReason) {
  EXPECT_EQ(status_of({.method = "GET", .path = "/api/webpubsub/hubs/chat"}), 405);
  auto request = event_request("sys.connect", "{}");
  set_header(request, "ce-hub", "other");
  EXPECT_EQ(status_of(request), 400);
  EXPECT_NE(answers_[0].body.find("hub"), std::string::npos);
  EXPECT_EQ(status_of(event_request("sys.connect", "{")), 400);
  EXPECT_EQ(status_of(event_request("user.message", "x", "image/png")), 415);
  create({.hub = "chat", .max_body_bytes = 3});
  EXPECT_EQ(status_of(event_request("user.message", "1234")), 413);
  EXPECT_TRUE(handler_.seen.empty());
}

TEST_F(EventEndpointTest, NotificationsAreAnsweredAtOnce) {
  EXPECT_EQ(status_of(event_request("sys.connected", "{}")), 200);
  EXPECT_EQ(status_of(event_request("sys.disconnected", R"({"reason":"gone"})")), 200);
  EXPECT_EQ(status_of(event_request("gp.joined", R"({"group":"g"})")), 200);
  EXPECT_EQ(handler_.seen,
            (std::vector<std::string>{"connected", "disconnected gone", "joined g"}));
}

TEST_F(EventEndpointTest, AnAnswerMayComeLaterAndCountsOnce) {
  send(event_request("sys.connect", "{}"));
  ASSERT_EQ(handler_.connects.size(), 1U);
  EXPECT_TRUE(answers_.empty());
  const ConnectResponder copy = handler_.connects[0];
  copy.approve({.user_id = "bob"});
  handler_.connects[0].reject(403, "too late");
  handler_.connects.clear();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].body, R"({"userId":"bob"})");
  EXPECT_EQ(endpoint_->counters().unanswered, 0U);
}

TEST_F(EventEndpointTest, ADroppedResponderIsAServerError) {
  send(event_request("user.message", "1"));
  handler_.user_events.clear();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 500);
  EXPECT_EQ(endpoint_->counters().unanswered, 1U);
}

TEST_F(EventEndpointTest, AHandlerThatNeverAnswersIsTimedOut) {
  create({.hub = "chat", .answer_timeout = 20ms});
  send(event_request("user.message", "1"));
  run_until([&] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].status, 504);
  handler_.user_events[0].reply({});
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(EventEndpointTest, AnswersMayOutliveTheEndpoint) {
  send(event_request("user.message", "1"));
  endpoint_.reset();
  handler_.user_events[0].reply({.data = Data{DataType::Text, "late"}});
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].body, "late");
}

TEST_F(EventEndpointTest, OnlySoManyEventsWait) {
  create({.hub = "chat", .max_pending = 1});
  send(event_request("user.message", "1"));
  EXPECT_EQ(status_of(event_request("user.message", "2")), 503);
  handler_.user_events[0].fail(400, "no");
  answers_.clear();
  send(event_request("user.message", "3"));
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(handler_.user_events.size(), 2U);
}

TEST_F(EventEndpointTest, AnMqttClientIsRejectedWithItsOwnCodes) {
  auto request = event_request("sys.connect", R"({"mqtt":{"protocolVersion":5}})");
  set_header(request, "ce-physicalConnectionId", "p1");
  send(request);
  handler_.connects[0].reject(401, "no");
  send(request);
  handler_.connects[1].reject(MqttRejection{.code = 0x8A});
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].status, 401);
  EXPECT_EQ(answers_[0].body, R"({"mqtt":{"code":135,"reason":"no"}})");
  EXPECT_EQ(answers_[1].status, 403);
}

}  // namespace
}  // namespace webpubsub
