// A hub, an uplink and a dashboard on one loop.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "bridge/uplink/uplink.h"
#include "hub/hub.h"
#include "tests/support/run_until.h"
#include "webpubsub/auth/roles.h"

namespace gateway::flow {

using namespace std::chrono_literals;
using support::run_until;

class SilentSink final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord&) override {}
};

/// A member of every group the test sends to.
class Dashboard final : public webpubsub::ClientListener {
 public:
  void on_group_message(const webpubsub::GroupMessage& message) override {
    batches.push_back(message.data.bytes);
  }
  std::vector<std::string> batches{};
};

class UplinkFlow : public testing::Test, private webpubsub::ClientListener {
 protected:
  void SetUp() override {
    loop_ = *webpubsub::net::EventLoop::create(log_);
    start_hub(0);
    credential_ = credential_for("edge-01");
    make_client();
  }

  void make_client() {
    client_ = webpubsub::Client::create(*loop_, *credential_, {.reconnect = {1ms, 1ms, 20ms}},
                                        *this, log_);
  }

  void start_hub(std::uint16_t port) {
    auto hub = webpubsub::hub::Hub::start(*loop_, {.port = port, .dashboard = false}, log_);
    ASSERT_TRUE(hub) << hub.error().message;
    hub_ = std::move(*hub);
    port_ = hub_->port();
  }

  std::unique_ptr<webpubsub::Credential> credential_for(const std::string& user) {
    return webpubsub::make_key_credential(
        *webpubsub::parse_connection_string(hub_->connection_string().reveal()),
        {.hub = "telemetry",
         .user_id = user,
         .roles = {std::string(webpubsub::kSendToAny), std::string(webpubsub::kJoinLeaveAny)}});
  }

  void make_uplink(std::vector<RuleOptions> rules, UplinkOptions options = {},
                   Store* store = nullptr) {
    uplink_ = std::make_unique<Uplink>(*loop_, "edge-01", std::move(rules), options, *client_, log_,
                                       store);
  }

  void connect() {
    client_->start();
    ASSERT_TRUE(run_until(*loop_, [&] { return online_; }));
  }

  void watch(const std::string& group) {
    watcher_credential_ = credential_for("dashboard");
    watcher_ = webpubsub::Client::create(*loop_, *watcher_credential_,
                                         {.reconnect = {1ms, 1ms, 20ms}}, dashboard_, log_);
    bool joined = false;
    watcher_->start();
    watcher_->join_group(
        group, [&](const webpubsub::Result<void>& outcome) { joined = outcome.has_value(); });
    ASSERT_TRUE(run_until(*loop_, [&] { return joined; }));
  }

  static RuleOptions rule(const std::string& name, std::string_view topic, std::string_view group) {
    const RuleTopics topics({*TopicPattern::parse(topic)});
    return {.name = name, .topics = topics, .group = *parse_group(group, topics)};
  }

  void publish(std::string_view topic, std::string_view payload) {
    uplink_->receiver().on_message({.topic = topic, .payload = payload});
  }

  RuleCounts counts(std::size_t rule = 0) { return uplink_->counts().rules[rule]; }

  void on_connected(const webpubsub::Connected&) override {
    online_ = true;
    if (uplink_) uplink_->on_link_up();
  }
  void on_disconnected(const webpubsub::Error& why,
                       std::optional<std::chrono::milliseconds>) override {
    online_ = false;
    if (uplink_) uplink_->on_link_down(why);
  }
  void on_recovering(const webpubsub::Error& why) override { on_disconnected(why, {}); }
  void on_recovered() override { on_connected({}); }
  void on_drain() override { uplink_->on_link_drain(); }

  SilentSink sink_;
  webpubsub::Log log_{sink_, webpubsub::LogLevel::Error};
  std::unique_ptr<webpubsub::net::EventLoop> loop_;
  std::unique_ptr<webpubsub::hub::Hub> hub_;
  std::uint16_t port_ = 0;
  std::unique_ptr<webpubsub::Credential> credential_;
  std::unique_ptr<webpubsub::Credential> watcher_credential_;
  Dashboard dashboard_;
  std::unique_ptr<webpubsub::Client> client_;
  std::unique_ptr<webpubsub::Client> watcher_;
  std::unique_ptr<Uplink> uplink_;
  bool online_ = false;
};

}  // namespace gateway::flow
