#include "daemon/simulator/device_simulator.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/inbox.h"
#include "base/random.h"
#include "bridge/mqtt/engine.h"
#include "daemon/simulator/simulated_device.h"

namespace gateway {

using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;
using webpubsub::TimePoint;

namespace {

constexpr std::string_view kCommandPrefix = "devices/";
constexpr std::string_view kCommandPart = "/commands/";
constexpr std::size_t kMostWaitingCommands = 1000;
constexpr std::size_t kLongestCommand = 64 * 1024;
constexpr std::size_t kMostInFlight = 2000;
constexpr auto kShortestTick = std::chrono::milliseconds(5);
constexpr auto kLongestLag = std::chrono::seconds(1);

struct Command {
  std::string device{};
  std::string name{};
  std::string payload{};
};

/// "devices/{device}/commands/{name}", the name perhaps of several levels.
std::optional<Command> parse_command(std::string_view topic, std::string_view payload) {
  if (!topic.starts_with(kCommandPrefix)) return std::nullopt;
  topic.remove_prefix(kCommandPrefix.size());
  const auto part = topic.find(kCommandPart);
  if (part == topic.npos) return std::nullopt;
  return Command{.device = std::string(topic.substr(0, part)),
                 .name = std::string(topic.substr(part + kCommandPart.size())),
                 .payload = std::string(payload)};
}

struct Member {
  std::unique_ptr<SimulatedDevice> device{};
  std::string topic{};
  TimePoint moved_at{};
};

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  const auto bytes = webpubsub::random_bytes(sizeof(seed));
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

class Simulator final : public DeviceSimulator, private MqttReceiver, private MqttLinkListener {
 public:
  Simulator(webpubsub::net::EventLoop& loop, const SimulatorOptions& options, webpubsub::Log& log)
      : log_(log),
        interval_(std::chrono::duration<double>(1 / (options.rate * options.devices))),
        waker_(loop, [this] { obey_commands(); }),
        inbox_(kMostWaitingCommands, [this] { waker_.wake(); }),
        tick_(loop, [this] { publish_due(); }) {
    const auto seed = options.seed.value_or(random_seed());
    for (std::size_t i = 0; i < options.devices; ++i) {
      auto device = make_device(i, seed);
      auto topic = "sensors/" + device->site() + "/" + device->name() + "/telemetry";
      by_name_.emplace(device->name(), i);
      members_.push_back({.device = std::move(device), .topic = std::move(topic)});
    }
  }

  Result<void> connect_to(webpubsub::net::EventLoop& loop, const std::string& broker) {
    MqttOptions mqtt{.broker = broker, .client_id = "devices-" + webpubsub::random_id()};
    mqtt.session_expiry = std::chrono::seconds(0);
    mqtt.max_payload = kLongestCommand;
    mqtt.max_publications = kMostInFlight;
    std::vector<MqttSubscription> filters{{.filter = "devices/+/commands/#", .qos = 1}};
    auto engine = make_paho_engine(loop, std::move(mqtt), std::move(filters), *this, *this, log_);
    if (!engine) return engine.error();
    engine_ = std::move(engine).value();
    return {};
  }

  void start() override { engine_->start(); }

  void stop(Completion done) override {
    stopped_ = true;
    tick_.cancel();
    engine_->stop(std::move(done));
  }

  bool is_connected() const override { return engine_->is_connected(); }

  SimulatorCounters counters() const override {
    SimulatorCounters counters = counters_;
    counters.refused_commands += inbox_.refused();
    return counters;
  }

 private:
  // On the engine's thread: everything else is on the loop's.
  MqttTaken on_message(const MqttMessage& message) noexcept override {
    // A retained command is an old one: devices obey what is said to them while they listen.
    if (message.retained) return MqttTaken::Yes;
    if (auto command = parse_command(message.topic, message.payload)) {
      // Not taken when it is full: the inbox counts those, and counters() adds them.
      static_cast<void>(inbox_.push(std::move(*command)));
    }
    return MqttTaken::Yes;
  }

  void on_mqtt_connected(const MqttConnected&) override {
    if (stopped_) return;
    due_ = webpubsub::steady_now();
    for (Member& member : members_) {
      if (member.moved_at == TimePoint{}) member.moved_at = due_;
    }
    tick_.start_at(due_);
  }

  void on_mqtt_disconnected(const Error& why, std::chrono::milliseconds) override {
    tick_.cancel();
    if (!stopped_) {
      log_.burst(webpubsub::steady_now(), LogLevel::Warning, "devices.disconnected", why.message);
    }
  }

  void on_subscription_refused(std::string_view, const Error& why) override {
    log_.write(LogLevel::Warning, "devices.commands_refused",
               "the broker lets no commands through: " + why.message);
  }

  /// Readings are spread evenly over the second, one device after another.
  void publish_due() {
    const TimePoint now = webpubsub::steady_now();
    if (now - due_ > kLongestLag) due_ = now - kLongestLag;  // what a pause missed stays missed
    while (due_ <= now) {
      publish(members_[next_], now);
      next_ = (next_ + 1) % members_.size();
      due_ += std::chrono::duration_cast<webpubsub::Duration>(interval_);
    }
    tick_.start_at(std::max(due_, now + kShortestTick));
  }

  void publish(Member& member, TimePoint now) {
    const std::chrono::duration<double> passed = now - std::exchange(member.moved_at, now);
    member.device->advance(passed.count());
    MqttPublication publication{
        .topic = member.topic,
        .payload = member.device->telemetry(webpubsub::unix_milliseconds(webpubsub::wall_now()))};
    const auto offer = engine_->publish(std::move(publication), [this](const Result<void>& result) {
      ++(result ? counters_.published : counters_.not_published);
    });
    if (offer != webpubsub::Offer::Accepted) ++counters_.not_published;
  }

  /// A device that obeyed says so at once.
  void obey_commands() {
    inbox_.drain(burst_);
    for (const Command& command : burst_) {
      const auto found = by_name_.find(command.device);
      if (found == by_name_.end() || stopped_) {
        ++counters_.refused_commands;
        continue;
      }
      Member& member = members_[found->second];
      if (!member.device->command(command.name, command.payload)) {
        ++counters_.refused_commands;
        continue;
      }
      ++counters_.commands;
      publish(member, webpubsub::steady_now());
    }
  }

  webpubsub::Log& log_;
  const std::chrono::duration<double> interval_;  // between two readings, whoever's
  std::vector<Member> members_{};
  std::unordered_map<std::string, std::size_t> by_name_{};
  std::size_t next_ = 0;  // who publishes next
  TimePoint due_{};
  bool stopped_ = false;
  SimulatorCounters counters_{};
  std::vector<Command> burst_{};
  webpubsub::net::Waker waker_;
  webpubsub::Inbox<Command> inbox_;
  webpubsub::net::Timer tick_;
  std::unique_ptr<MqttEngine> engine_{};  // last: it goes first, and with it its thread
};

}  // namespace

Result<std::unique_ptr<DeviceSimulator>> DeviceSimulator::create(webpubsub::net::EventLoop& loop,
                                                                 const SimulatorOptions& options,
                                                                 webpubsub::Log& log) {
  if (options.devices < 1 || options.devices > 500) {
    return Error{Errc::InvalidArgument, "devices: 1 to 500 can be simulated"};
  }
  if (!(options.rate > 0) || options.rate > 100) {
    return Error{Errc::InvalidArgument, "rate: more than 0/s, at most 100/s"};
  }
  auto simulator = std::make_unique<Simulator>(loop, options, log);
  if (auto ready = simulator->connect_to(loop, options.broker); !ready) return ready.error();
  return std::unique_ptr<DeviceSimulator>(std::move(simulator));
}

}  // namespace gateway
