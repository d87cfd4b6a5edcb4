// The gateway: every part made and joined, in order of lifetime.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "bridge/downlink/device_presence.h"
#include "bridge/downlink/downlink.h"
#include "bridge/downlink/event_replies.h"
#include "bridge/downlink/kept_state.h"
#include "bridge/downlink/last_values.h"
#include "bridge/downlink/snapshot.h"
#include "bridge/mqtt/engine.h"
#include "bridge/uplink/kept_thinning.h"
#include "bridge/uplink/uplink.h"
#include "config/difference.h"
#include "config/settings.h"
#include "daemon/blocking_link.h"
#include "daemon/control/protocol.h"
#include "daemon/link_record.h"
#include "daemon/mirror.h"
#include "daemon/presence.h"
#include "daemon/progress.h"
#include "daemon/reload/link_credential.h"
#include "daemon/session_memory.h"
#include "daemon/snapshot.h"
#include "daemon/store_watch.h"
#include "daemon/trace_requests.h"
#include "hub/hub.h"
#include "net/event_loop.h"
#include "net/network_watch.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// Used on the loop's thread. `loop` and `log` must outlive it.
class Gateway final : private webpubsub::ClientListener,
                      private MqttLinkListener,
                      private ForwardWatcher {
 public:
  /// `tell` hears what may take long. Errors: Io when the embedded hub cannot listen;
  /// InvalidArgument for a file or address that cannot be used.
  static webpubsub::Result<std::unique_ptr<Gateway>> create(webpubsub::net::EventLoop& loop,
                                                            Settings settings, webpubsub::Log& log,
                                                            const StoreWatch::TellStep& tell = {});
  ~Gateway() override;

  void start();

  /// Ends intake, sends what is pending for at most `flush_limit`, counts what is left as dropped
  /// and disconnects. `done` runs once, on a later lap.
  void stop(std::chrono::milliseconds flush_limit, std::function<void()> done);
  /// The same without any wait; may follow stop().
  void stop_now();

  /// Goes on with `next`, which differs from settings() by `changes` (config/difference.h). What
  /// does not change does not notice: links, queues, subscriptions. Errors: as of create(); then
  /// everything is as before.
  webpubsub::Result<void> reload(const Settings& next, const std::vector<config::Change>& changes);

  GatewaySnapshot snapshot() const;
  /// As answer_queue_request() has it.
  void look_at_queues(const QueueRequest& request,
                      const std::function<void(webpubsub::Result<std::string> data)>& done);
  /// As TraceRequests has it.
  void trace(const TraceRequest& request,
             std::function<void(webpubsub::Result<std::string> data)> done);
  /// What is in effect. Holds secrets.
  const Settings& settings() const noexcept { return settings_; }
  /// What hangs, in words; nothing while everything moves.
  std::optional<std::string> stuck();

  /// The embedded hub's address, such as "http://127.0.0.1:8080"; empty when it does not serve.
  std::string hub_endpoint() const;

 private:
  Gateway(webpubsub::net::EventLoop& loop, Settings settings, webpubsub::Log& log);
  webpubsub::Result<void> make_hub();
  /// The hub that is the service; null where that is elsewhere.
  const webpubsub::hub::Hub* serving_hub() const;
  void make_client();
  void make_uplink();
  UplinkOptions uplink_options() const;
  void make_mirror();
  bool needs_store() const;
  void recall_late();
  void make_presence();
  webpubsub::Result<void> make_engine();
  void make_downlink();
  void make_snapshot();
  void make_devices();
  static MqttOptions mqtt_options(const Settings& settings, MqttLinkKind link);
  MqttOptions mqtt_options(MqttLinkKind link = MqttLinkKind::Common) const;
  void announce_birth(bool online);
  void watch_devices();
  std::vector<std::string> groups() const;
  void join_groups();
  std::vector<TopicFilter> listened_to() const;
  std::vector<MqttSubscription> subscriptions(MqttLinkKind link = MqttLinkKind::Common) const;
  void subscribe();

  // The link of rules that block: gateway_blocking.cpp.
  enum class Recall : std::uint8_t { No, Yes };
  webpubsub::Result<void> make_blocking_link(const Settings& settings, Recall recall);
  void subscribe_blocking();
  void begin_handover();
  void look_at_handover();
  void stop_links(std::function<void()> done);

  // Of reload(): gateway_reload.cpp.
  webpubsub::Result<bool> replace_hub(const Settings& next,
                                      const std::vector<config::Change>& changes);
  void reload_uplink(const std::vector<config::Change>& changes);
  void reload_downlink(const std::vector<config::Change>& changes);
  void reload_snapshot(bool was_enabled, const std::vector<config::Change>& changes);
  void reload_groups(const std::vector<std::string>& before);
  void reload_mqtt(const MqttOptions& before, const MqttOptions& blocking_before,
                   const std::vector<config::Change>& changes);
  void reconnect_client();
  void watch_network();
  void retry_links();
  void replace_client();

  void add_commands(GatewaySnapshot& snapshot) const;
  void add_links(GatewaySnapshot& snapshot, const UplinkCounts& uplink,
                 webpubsub::TimePoint now) const;

  void flush_uplink();
  void stop_client();
  void finish_stop();

  void on_connected(const webpubsub::Connected& connected) override;
  void on_disconnected(const webpubsub::Error& why,
                       std::optional<std::chrono::milliseconds> retry_in) override;
  void on_stopped() override;
  void on_recovering(const webpubsub::Error& why) override;
  void on_recovered() override;
  void on_group_message(const webpubsub::GroupMessage& message) override;
  void on_server_message(const webpubsub::ServerMessage& message) override;
  void take(Origin origin, const webpubsub::Data& data);
  void on_rejoin_failed(std::string_view group, const webpubsub::Error& why) override;
  void on_drain() override;
  void on_seen(std::string_view device, webpubsub::TimePoint arrived) override;
  void on_forwarded(const ForwardedReading& reading) override;
  void on_mqtt_connected(const MqttConnected& connected) override;
  void on_mqtt_disconnected(const webpubsub::Error& why,
                            std::chrono::milliseconds retry_in) override;
  void on_subscription_refused(std::string_view filter, const webpubsub::Error& why) override;

  enum class Phase : std::uint8_t { Idle, Running, EndingIntake, Flushing, Disconnecting, Stopped };

  webpubsub::net::EventLoop& loop_;
  webpubsub::Log& log_;
  Settings settings_;
  const webpubsub::TimePoint started_;
  const webpubsub::WallTime started_at_;

  std::unique_ptr<webpubsub::hub::Hub> hub_;
  LinkCredential credential_;
  std::unique_ptr<webpubsub::Client> client_;
  StoreWatch store_;  // before those who put things into it, and after the engine has ended
  LastValues last_values_;
  KeptValues kept_values_;
  KeptThinning kept_thinning_;
  KeptIds kept_ids_;
  SessionMemory session_;
  std::unique_ptr<Uplink> uplink_;
  std::unique_ptr<TraceRequests> traces_;
  std::vector<webpubsub::Secret> hidden_{};  // from who watches readings
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<MqttTee> tee_;
  std::unique_ptr<ReplyIntake> replies_;
  std::unique_ptr<MqttEngine> engine_;
  std::unique_ptr<BlockingLink> blocking_link_;  // none: no rule blocks
  std::unique_ptr<Downlink> downlink_;
  std::unique_ptr<EventReplies> event_replies_;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<DevicePresence> devices_;
  webpubsub::net::Timer device_look_;
  webpubsub::net::Timer device_list_;
  std::unique_ptr<Presence> presence_;

  webpubsub::net::Timer handover_;
  std::optional<webpubsub::TimePoint> handover_since_{};  // both links are up
  bool hands_over_ = false;

  LinkRecord mqtt_link_;
  LinkRecord cloud_link_;
  Progress progress_;
  std::vector<CredentialSnapshot> credentials_;  // as they were when they were last taken up
  std::unique_ptr<webpubsub::net::NetworkWatch> network_;  // nullptr: none can be had
  webpubsub::net::Timer flush_limit_;
  webpubsub::net::Timer log_flush_;
  Phase phase_ = Phase::Idle;
  bool had_store_ = false;         // that could be used
  bool replacing_client_ = false;  // by another one, once it has stopped
  std::chrono::milliseconds flush_time_{};
  std::function<void()> stopped_;
};

}  // namespace gateway
