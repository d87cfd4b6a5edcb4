// The second connection to the broker, of the rules with overflow: block.
//
// It pauses while one of them has no room, and the broker keeps what comes in a session of its own.
// The library acknowledges whatever it hands over and has one thread for all links, so that a
// message is refused in no other way without holding up every rule.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "bridge/mqtt/engine.h"
#include "bridge/store/state.h"
#include "bridge/uplink/uplink.h"
#include "daemon/link_record.h"
#include "daemon/progress_parts.h"
#include "daemon/session_memory.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread.
class BlockingLink final : private MqttReceiver, private MqttLinkListener {
 public:
  static constexpr std::string_view kClientIdSuffix = "-blocking";

  /// What all links of one gateway use.
  struct Parts {
    webpubsub::net::EventLoop& loop;
    webpubsub::Log& log;
    State& state;
    Uplink& uplink;
    MqttReceiver& receiver;  // gets the messages, on the MQTT thread
  };

  /// `options`: those of the common link, of which it makes its own. Errors: those of
  /// make_paho_engine().
  static webpubsub::Result<std::unique_ptr<BlockingLink>> create(Parts parts, MqttOptions options);

  /// What an earlier process had subscribed to: the broker may still keep messages in that session.
  static std::vector<std::string> left_subscriptions(State& state, const MqttOptions& options);

  /// What an earlier process had subscribed to, when the store can be read only now.
  void recall();

  void start();
  void stop(webpubsub::Completion done);
  webpubsub::Result<void> set_options(MqttOptions options, bool reconnect);

  /// What to subscribe to from now on. Nothing: no rule blocks any more; it fetches what the broker
  /// has kept, ends the session there and then calls `retired`.
  void set_subscriptions(std::vector<MqttSubscription> wanted, std::function<void()> retired);

  /// Pauses or goes on, by how much room there is. To be called when that may have changed at once;
  /// it looks by itself while it is paused.
  void look();

  bool is_retiring() const noexcept { return stage_ != Stage::Working; }
  bool is_retired() const noexcept { return retired_now_; }
  const LinkRecord& record() const noexcept { return record_; }
  webpubsub::TimePoint last_heard() const { return engine_->last_heard(); }
  LinkSigns signs() {
    return {
        .record = &record_, .alive = engine_->last_sign_of_life(), .heard = engine_->last_heard()};
  }

 private:
  enum class Stage : std::uint8_t {
    Working,
    Fetching,  // no rule blocks any more: what the broker has kept
    Ending,    // its session
  };

  BlockingLink(Parts parts, MqttOptions options);
  void on_timer();
  void end_session();
  bool has_been_quiet() const;

  MqttTaken on_message(const MqttMessage& message) noexcept override;  // MQTT thread
  void on_mqtt_connected(const MqttConnected& connected) override;
  void on_mqtt_disconnected(const webpubsub::Error& why,
                            std::chrono::milliseconds retry_in) override;
  void on_mqtt_paused() override;
  void on_subscription_refused(std::string_view filter, const webpubsub::Error& why) override;

  webpubsub::Log& log_;
  Uplink& uplink_;
  MqttReceiver& receiver_;
  MqttOptions options_;
  MqttOptions ending_{};  // of the connection that ends the session, see Stage
  SessionMemory session_;
  LinkRecord record_;
  Stage stage_ = Stage::Working;
  bool started_ = false;
  bool retired_now_ = false;
  bool stops_ = false;
  std::vector<MqttSubscription> wanted_{};
  std::function<void()> retired_{};
  webpubsub::TimePoint connected_at_{};
  webpubsub::TimePoint unsubscribed_at_{};           // from everything
  std::optional<webpubsub::TimePoint> paused_at_{};  // until it is connected again
  std::atomic<webpubsub::TimePoint> heard_{};        // a message, by the MQTT thread
  webpubsub::net::Timer timer_;
  std::unique_ptr<MqttEngine> engine_{};  // goes first
};

}  // namespace gateway
