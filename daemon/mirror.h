// hub.mirror: what goes to a service elsewhere, at the same time in the groups of the hub on this
// machine.
//
// It is an uplink of its own from the broker's messages on, with lines and queues of its own, all
// in memory: it waits for nothing on the way to the service, and nothing there waits for it.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/log.h"
#include "bridge/mqtt/engine.h"
#include "bridge/uplink/uplink.h"
#include "config/settings.h"
#include "daemon/snapshot.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "webpubsub/auth/credential.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// What the uplink to the service may hold, and what is left of it beside a mirror.
UplinkOptions options_beside_mirror(UplinkOptions options);

/// Used on the loop's thread, but for receiver(). `loop` and `log` must outlive it.
class Mirror final : private webpubsub::ClientListener {
 public:
  Mirror(webpubsub::net::EventLoop& loop, const Settings& settings, const webpubsub::hub::Hub& hub,
         webpubsub::Log& log);

  /// Other rules or limits.
  void reload(const Settings& settings);
  /// As of the uplink beside it.
  void end_linger() { uplink_->end_linger(); }
  MqttReceiver& receiver() noexcept { return uplink_->receiver(); }
  MirrorSnapshot snapshot() const;

 private:
  void on_connected(const webpubsub::Connected& connected) override;
  void on_disconnected(const webpubsub::Error& why,
                       std::optional<std::chrono::milliseconds> retry_in) override;
  void on_recovering(const webpubsub::Error& why) override { on_disconnected(why, {}); }
  void on_recovered() override { on_connected({}); }
  void on_drain() override { uplink_->on_link_drain(); }

  webpubsub::Log& log_;
  std::unique_ptr<webpubsub::Credential> credential_;
  std::unique_ptr<webpubsub::Client> client_;
  std::unique_ptr<Uplink> uplink_;
  bool up_ = false;
};

/// Hands each message to one receiver, and to a second one while there is one.
class MqttTee final : public MqttReceiver {
 public:
  explicit MqttTee(MqttReceiver& first) : first_(first) {}

  /// Null for none. The one before gets nothing any more once this returns.
  void set_second(MqttReceiver* second);

  MqttTaken on_message(const MqttMessage& message) noexcept override;  // MQTT thread

 private:
  MqttReceiver& first_;
  std::mutex mutex_;
  MqttReceiver* second_ = nullptr;
};

}  // namespace gateway
