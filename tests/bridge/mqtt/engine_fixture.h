// An engine on a loop of its own, with everything it tells written down.

#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "bridge/mqtt/engine.h"
#include "net/event_loop.h"
#include "tests/support/mosquitto.h"
#include "tests/support/run_until.h"
#include "tests/support/tcp_proxy.h"

namespace gateway {

struct ReceivedMessage {
  std::string topic{};
  std::string payload{};
  std::uint8_t qos = 0;
  bool retained = false;
};

class MessageRecorder final : public MqttReceiver {
 public:
  MqttTaken on_message(const MqttMessage& message) noexcept override {
    const std::lock_guard lock(mutex_);
    messages_.push_back(
        {std::string(message.topic), std::string(message.payload), message.qos, message.retained});
    ++count_;
    threads_.insert(std::this_thread::get_id());
    return count_ >= last_ ? MqttTaken::Last : MqttTaken::Yes;
  }
  std::size_t count() const { return count_; }
  /// The message of that number, and those after it, are to be the last ones.
  void end_with(std::size_t last) { last_ = last; }
  std::set<std::thread::id> threads() const {
    const std::lock_guard lock(mutex_);
    return threads_;
  }
  std::vector<ReceivedMessage> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ReceivedMessage> messages_;
  std::set<std::thread::id> threads_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> last_{std::numeric_limits<std::size_t>::max()};
};

class LinkRecorder final : public MqttLinkListener {
 public:
  void on_mqtt_connected(const MqttConnected& connected) override { connects.push_back(connected); }
  void on_mqtt_disconnected(const webpubsub::Error& why,
                            std::chrono::milliseconds retry_in) override {
    disconnects.push_back(why);
    waits.push_back(retry_in);
  }
  void on_subscription_refused(std::string_view filter, const webpubsub::Error& why) override {
    refused.emplace_back(filter, why);
  }
  void on_mqtt_paused() override { ++pauses; }
  int pauses = 0;
  std::vector<MqttConnected> connects{};
  std::vector<webpubsub::Error> disconnects{};
  std::vector<std::chrono::milliseconds> waits{};
  std::vector<std::pair<std::string, webpubsub::Error>> refused{};
};

class LogRecorder final : public webpubsub::LogSink {
 public:
  void write(const webpubsub::LogRecord& record) override { events.emplace_back(record.event); }
  std::vector<std::string> events{};
};

/// One client of a broker.
class Peer {
 public:
  Peer(webpubsub::net::EventLoop& loop, webpubsub::Log& log, MqttOptions options,
       std::vector<MqttSubscription> subscriptions)
      : loop_(loop) {
    auto made =
        make_paho_engine(loop, std::move(options), std::move(subscriptions), received, link, log);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (made) engine = std::move(made).value();
  }

  bool connect() {
    const auto before = link.connects.size();
    engine->start();
    return support::run_until(loop_, [&] { return link.connects.size() > before; });
  }
  /// The outcome of one publication.
  webpubsub::Result<void> publish(MqttPublication publication) {
    std::optional<webpubsub::Result<void>> outcome;
    const auto offer = engine->publish(std::move(publication), [&](webpubsub::Result<void> result) {
      outcome = std::move(result);
    });
    EXPECT_EQ(offer, webpubsub::Offer::Accepted);
    if (offer != webpubsub::Offer::Accepted) {
      return webpubsub::Error{webpubsub::Errc::Internal, "not accepted"};
    }
    EXPECT_TRUE(support::run_until(loop_, [&] { return outcome.has_value(); }));
    return outcome.value_or(webpubsub::Error{webpubsub::Errc::Timeout, "no outcome"});
  }
  bool received_at_least(std::size_t count) {
    return support::run_until(loop_, [&] { return received.count() >= count; });
  }

  MessageRecorder received{};
  LinkRecorder link{};
  std::unique_ptr<MqttEngine> engine{};

 private:
  webpubsub::net::EventLoop& loop_;
};

class EngineTest : public testing::Test {
 protected:
  static MqttOptions options_for(const std::string& url, const std::string& client_id) {
    return {.broker = url, .client_id = client_id};
  }
  static std::string url_of(const support::TcpProxy& proxy) {
    return "mqtt://127.0.0.1:" + std::to_string(proxy.port());
  }
  Peer peer(const std::string& url, const std::string& client_id,
            std::vector<MqttSubscription> subscriptions = {}) {
    return {*loop_, log_, options_for(url, client_id), std::move(subscriptions)};
  }
  bool run_until(const std::function<bool()>& done) { return support::run_until(*loop_, done); }

  LogRecorder lines_{};
  webpubsub::Log log_{lines_, webpubsub::LogLevel::Debug};
  std::unique_ptr<webpubsub::net::EventLoop> loop_ =
      webpubsub::net::EventLoop::create(log_).value();
};

}  // namespace gateway
