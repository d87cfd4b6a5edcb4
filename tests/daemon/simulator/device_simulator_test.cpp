// The simulator against a real broker, with a second client looking on and giving orders.

#include "daemon/simulator/device_simulator.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bridge/mqtt/engine.h"
#include "tests/support/mosquitto.h"
#include "tests/support/run_until.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {
namespace {

class NoLines final : public webpubsub::LogSink {
  void write(const webpubsub::LogRecord&) override {}
};

/// A client that keeps what arrives, by topic.
class Onlooker final : private MqttReceiver, private MqttLinkListener {
 public:
  Onlooker(webpubsub::net::EventLoop& loop, const std::string& broker, webpubsub::Log& log) {
    auto made = make_paho_engine(loop, {.broker = broker, .client_id = "onlooker"},
                                 {{.filter = "sensors/#", .qos = 0}}, *this, *this, log);
    EXPECT_TRUE(made);
    engine_ = std::move(made).value();
    engine_->start();
  }

  bool is_connected() const { return engine_->is_connected(); }
  void say(std::string topic, std::string payload, bool retain = false) {
    const auto offer = engine_->publish(
        {.topic = std::move(topic), .payload = std::move(payload), .qos = 1, .retain = retain},
        [this](const webpubsub::Result<void>& result) { said_ += result ? 1 : 0; });
    EXPECT_EQ(offer, webpubsub::Offer::Accepted);
  }
  int said() const { return said_; }

  std::map<std::string, std::vector<std::string>> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::string last(const std::string& topic) const {
    const auto all = messages();
    const auto found = all.find(topic);
    return found == all.end() ? "" : found->second.back();
  }

 private:
  MqttTaken on_message(const MqttMessage& message) noexcept override {
    const std::lock_guard lock(mutex_);
    messages_[std::string(message.topic)].emplace_back(message.payload);
    return MqttTaken::Yes;
  }
  void on_mqtt_connected(const MqttConnected&) override {}
  void on_mqtt_disconnected(const webpubsub::Error&, std::chrono::milliseconds) override {}
  void on_subscription_refused(std::string_view, const webpubsub::Error&) override {
    ADD_FAILURE() << "subscription refused";
  }

  mutable std::mutex mutex_{};
  std::map<std::string, std::vector<std::string>> messages_{};
  int said_ = 0;
  std::unique_ptr<MqttEngine> engine_{};
};

class DeviceSimulatorTest : public testing::Test {
 protected:
  bool run_until(const std::function<bool()>& done) { return support::run_until(*loop_, done); }

  std::unique_ptr<DeviceSimulator> simulator(unsigned devices, double rate) {
    auto made = DeviceSimulator::create(
        *loop_, {.broker = broker_.url(), .devices = devices, .rate = rate, .seed = 1}, log_);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? std::move(made).value() : nullptr;
  }

  NoLines lines_{};
  webpubsub::Log log_{lines_, webpubsub::LogLevel::Debug};
  support::Mosquitto broker_{};
  std::unique_ptr<webpubsub::net::EventLoop> loop_ =
      webpubsub::net::EventLoop::create(log_).value();
};

constexpr const char* kClimate = "sensors/berlin/climate-01/telemetry";

TEST_F(DeviceSimulatorTest, EveryDevicePublishesReadings) {
  Onlooker onlooker(*loop_, broker_.url(), log_);
  ASSERT_TRUE(run_until([&] { return onlooker.is_connected(); }));
  const auto devices = simulator(20, 5);
  devices->start();
  ASSERT_TRUE(run_until([&] {
    const auto all = onlooker.messages();
    return all.size() == 20 && all.begin()->second.size() >= 3 &&
           devices->counters().published >= 60;
  }));
  for (const auto& [topic, payloads] : onlooker.messages()) {
    for (const auto& payload : payloads) {
      EXPECT_TRUE(webpubsub::is_valid_json(payload)) << topic << ' ' << payload;
    }
  }
  EXPECT_EQ(devices->counters().not_published, 0U);
}

TEST_F(DeviceSimulatorTest, ACommandShowsInTheNextReadingAtOnce) {
  Onlooker onlooker(*loop_, broker_.url(), log_);
  const auto devices = simulator(3, 0.01);  // by itself the next reading takes a minute and more
  devices->start();
  ASSERT_TRUE(run_until([&] { return onlooker.is_connected() && devices->is_connected(); }));
  onlooker.say("devices/climate-01/commands/set-point", R"({"value":27.5})");
  ASSERT_TRUE(run_until(
      [&] { return onlooker.last(kClimate).find("\"set_point\":27.5") != std::string::npos; }));
  onlooker.say("devices/climate-01/commands/mode", R"({"value":"high"})");
  ASSERT_TRUE(run_until(
      [&] { return onlooker.last(kClimate).find("\"fan\":\"high\"") != std::string::npos; }));
  EXPECT_EQ(devices->counters().commands, 2U);
}

TEST_F(DeviceSimulatorTest, CountsCommandsThatNobodyCanObey) {
  Onlooker onlooker(*loop_, broker_.url(), log_);
  const auto devices = simulator(3, 1);
  devices->start();
  ASSERT_TRUE(run_until([&] { return onlooker.is_connected() && devices->is_connected(); }));
  onlooker.say("devices/nobody/commands/reset", "{}");
  onlooker.say("devices/climate-01/commands/set-point", "[]");
  onlooker.say("devices/climate-01/commands/self/destruct", "{}");
  EXPECT_TRUE(run_until([&] { return devices->counters().refused_commands == 3; }));
  EXPECT_EQ(devices->counters().commands, 0U);
}

TEST_F(DeviceSimulatorTest, ARetainedCommandIsNotObeyedAgain) {
  Onlooker onlooker(*loop_, broker_.url(), log_);
  ASSERT_TRUE(run_until([&] { return onlooker.is_connected(); }));
  onlooker.say("devices/climate-01/commands/reset", "{}", true);
  ASSERT_TRUE(run_until([&] { return onlooker.said() == 1; }));
  const auto devices = simulator(3, 1);
  devices->start();
  ASSERT_TRUE(run_until([&] { return devices->is_connected(); }));
  // Messages of one subscription keep their order: when this one is here, the old one was.
  onlooker.say("devices/climate-01/commands/mode", R"({"value":"low"})");
  ASSERT_TRUE(run_until([&] { return devices->counters().commands > 0; }));
  EXPECT_EQ(devices->counters().commands, 1U);
}

TEST_F(DeviceSimulatorTest, GoesOnWhenTheBrokerIsBack) {
  const auto devices = simulator(5, 20);
  devices->start();
  ASSERT_TRUE(run_until([&] { return devices->counters().published > 10; }));
  broker_.stop();
  ASSERT_TRUE(run_until([&] { return !devices->is_connected(); }));
  broker_.start();
  ASSERT_TRUE(run_until([&] { return devices->is_connected(); }));
  const auto before = devices->counters().published;
  EXPECT_TRUE(run_until([&] { return devices->counters().published > before + 10; }));
}

TEST_F(DeviceSimulatorTest, StopsPublishing) {
  const auto devices = simulator(5, 50);
  devices->start();
  ASSERT_TRUE(run_until([&] { return devices->counters().published > 0; }));
  bool stopped = false;
  devices->stop([&](const webpubsub::Result<void>&) { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  EXPECT_FALSE(devices->is_connected());
}

TEST_F(DeviceSimulatorTest, SaysWhatItCannotSimulate) {
  EXPECT_FALSE(DeviceSimulator::create(*loop_, {.devices = 0}, log_));
  EXPECT_FALSE(DeviceSimulator::create(*loop_, {.devices = 501}, log_));
  EXPECT_FALSE(DeviceSimulator::create(*loop_, {.rate = 0}, log_));
  EXPECT_FALSE(DeviceSimulator::create(*loop_, {.rate = 1000}, log_));
  EXPECT_FALSE(DeviceSimulator::create(*loop_, {.broker = "http://x"}, log_));
}

}  // namespace
}  // namespace gateway
