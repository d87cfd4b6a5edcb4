// A loop, a scripted service, a client, and notes of everything the client said.

#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_service.h"
#include "webpubsub/client/client.h"

namespace webpubsub {

using namespace std::chrono_literals;

class RecordingListener final : public ClientListener {
 public:
  struct Loss {
    Error why{};
    std::optional<std::chrono::milliseconds> retry_in{};
  };

  void on_connected(const Connected& frame) override {
    connected.push_back(frame);
    if (then_on_connected) then_on_connected();
  }
  void on_disconnected(const Error& why,
                       std::optional<std::chrono::milliseconds> retry_in) override {
    EXPECT_EQ(why.message.find("hush"), std::string::npos) << why.message;
    losses.push_back({why, retry_in});
    if (then_on_disconnected) then_on_disconnected();
  }
  void on_stopped() override { ++stopped; }
  void on_recovering(const Error& why) override { recovering.push_back(why); }
  void on_recovered() override { ++recovered; }
  void on_group_message(const GroupMessage& message) override {
    group_messages.push_back(message);
    if (then_on_group_message) then_on_group_message();
  }
  void on_server_message(const ServerMessage& message) override {
    server_messages.push_back(message);
  }
  void on_rejoin_failed(std::string_view group, const Error& why) override {
    rejoin_failures.push_back(std::string(group) + ": " + why.message);
  }
  void on_group_state_failed(std::string_view group, const Error& why) override {
    state_failures.push_back(std::string(group) + ": " + why.message);
  }
  void on_drain() override { ++drained; }

  std::vector<Connected> connected{};
  std::vector<Loss> losses{};
  std::vector<Error> recovering{};
  std::vector<GroupMessage> group_messages{};
  std::vector<ServerMessage> server_messages{};
  std::vector<std::string> rejoin_failures{};
  std::vector<std::string> state_failures{};
  int stopped = 0;
  int recovered = 0;
  int drained = 0;
  std::function<void()> then_on_connected{};
  std::function<void()> then_on_disconnected{};
  std::function<void()> then_on_group_message{};
};

class LinesSink final : public LogSink {
 public:
  void write(const LogRecord& record) override {
    lines.push_back(std::string(record.event) + " " + std::string(record.message));
  }
  std::vector<std::string> lines{};
};

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    auto loop = net::EventLoop::create(log_);
    if (!loop) throw std::runtime_error(loop.error().message);
    loop_ = std::move(loop).value();
    service_ = std::make_unique<ScriptedService>(*loop_);
    credential_ = make_url_credential(Secret(service_->url()));
    options_.codec = &json_codec();
    options_.reconnect = {1ms, 1ms, 20ms};
  }

  void make_client() { client_ = Client::create(*loop_, *credential_, options_, listener_, log_); }
  void start() {
    make_client();
    client_->start();
  }
  void connect() {
    start();
    ASSERT_TRUE(wait([&] { return listener_.connected.size() == 1; }));
  }

  /// Serves the loop until `done`; false when that takes too long.
  template <class Predicate>
  bool wait(Predicate done, std::chrono::milliseconds limit = 10'000ms) {
    const TimePoint end = steady_now() + limit;
    while (!done()) {
      if (steady_now() >= end) return false;
      loop_->run_once(10ms);
    }
    return true;
  }
  /// Serves the loop until everything both sides sent so far has arrived: a round trip.
  void settle() {
    const std::size_t before = listener_.server_messages.size();
    service_->side().send(ServerMessage{{DataType::Text, "settle"}, {}});
    ASSERT_TRUE(wait([&] { return listener_.server_messages.size() > before; }));
  }

  Completion note(const std::string& name) {
    return [this, name](const Result<void>& outcome) {
      told_.push_back(name + " " +
                      (outcome ? std::string("ok") : std::string(to_string(outcome.error().code))));
      last_ = outcome ? Error{} : outcome.error();
    };
  }
  bool was_told(const std::string& line) const {
    return std::find(told_.begin(), told_.end(), line) != told_.end();
  }
  Offer send(std::string_view text, Completion done = {}, bool acknowledged = false) {
    return client_->send_to_group("g", DataType::Text, text,
                                  {.no_echo = false, .acknowledged = acknowledged},
                                  std::move(done));
  }

  LinesSink sink_;
  Log log_{sink_, LogLevel::Debug};
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<ScriptedService> service_;
  std::unique_ptr<Credential> credential_;
  ClientOptions options_;
  RecordingListener listener_;
  std::vector<std::string> told_;
  Error last_;
  std::unique_ptr<Client> client_;
};

}  // namespace webpubsub
