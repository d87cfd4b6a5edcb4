#include "daemon/gateway.h"

#include <algorithm>
#include <tuple>

#include <unistd.h>

#include "base/units.h"
#include "daemon/control/redact.h"
#include "daemon/credential_expiry.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;
using webpubsub::steady_now;

namespace {

constexpr auto kLongestAnswer = std::chrono::seconds(70);  // rules wait for less
constexpr auto kLogFlushInterval = std::chrono::seconds(10);

LogLevel level_of(std::optional<milliseconds> retry_in) {
  return retry_in ? LogLevel::Warning : LogLevel::Notice;
}

/// " after 12m 5s", of a link that was up before.
std::string after_words(const LinkSnapshot& before) {
  if (before.connects == 0) return {};
  return " again after " + webpubsub::rough_duration(before.down_for);
}

bool is_writable(const std::string& directory) { return ::access(directory.c_str(), W_OK) == 0; }

std::string retry_words(milliseconds retry_in) {
  return "; next try in " + webpubsub::rough_duration(retry_in);
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::create(webpubsub::net::EventLoop& loop, Settings settings,
                                                 webpubsub::Log& log,
                                                 const StoreWatch::TellStep& tell) {
  std::unique_ptr<Gateway> gateway(new Gateway(loop, std::move(settings), log));
  if (auto hub = gateway->make_hub(); !hub) return hub.error();
  gateway->credential_.use(gateway->settings_, gateway->serving_hub());
  gateway->make_client();
  if (gateway->needs_store()) gateway->store_.open_now(tell);
  gateway->make_uplink();
  gateway->make_presence();
  if (auto engine = gateway->make_engine(); !engine) return engine.error();
  return gateway;
}

Gateway::Gateway(webpubsub::net::EventLoop& loop, Settings settings, webpubsub::Log& log)
    : loop_(loop),
      log_(log),
      settings_(std::move(settings)),
      started_(steady_now()),
      started_at_(webpubsub::wall_now()),
      credential_(loop),
      store_(loop, settings_.store, log,
             [this] {
               recall_late();
               if (uplink_) uplink_->on_store_changed();
               if (blocking_link_) blocking_link_->look();
             }),
      last_values_({settings_.snapshot.max_topics, settings_.snapshot.max_size},
                   [this](const std::string& key) { kept_values_.forget(key); }),
      kept_values_(loop, store_.store().state(), last_values_),
      kept_thinning_(loop, store_.store().state()),
      kept_ids_(store_.store().state()),
      session_(store_.store().state()),
      device_look_(
          loop,
          [this] {
            const auto next = devices_->look(steady_now());
            device_look_.start_at(std::min(next, steady_now() + settings_.presence.device_timeout));
          }),
      device_list_(loop,
                   [this] {
                     devices_->list(steady_now());
                     device_list_.start_after(settings_.presence.device_list);
                   }),
      handover_(loop, [this] { look_at_handover(); }),
      mqtt_link_("mqtt", started_),
      cloud_link_("cloud", started_, LinkRecord::Losses::ToldApart),
      credentials_(read_credential_expiries(settings_)),
      flush_limit_(loop, [this] { stop_client(); }),
      log_flush_(loop, [this] {
        log_.flush(steady_now());
        store_.look_at_levels(steady_now());
        log_flush_.start_after(kLogFlushInterval);
      }) {}

Gateway::~Gateway() = default;

Result<void> Gateway::make_hub() {
  if (!settings_.needs_hub()) return {};
  auto hub = webpubsub::hub::Hub::start(loop_, settings_.hub, log_);
  if (!hub) return hub.error();
  hub_ = std::move(*hub);
  return {};
}

const webpubsub::hub::Hub* Gateway::serving_hub() const {
  return settings_.webpubsub.uses_embedded_hub() ? hub_.get() : nullptr;
}

void Gateway::make_client() {
  webpubsub::ClientOptions options;
  options.codec = settings_.webpubsub.codec;
  options.tls = settings_.webpubsub.tls;
  options.proxy = settings_.webpubsub.proxy;
  options.invoke_timeout = kLongestAnswer;
  options.keep_alive_interval = settings_.webpubsub.keep_alive;
  options.keep_alive_timeout = 2 * settings_.webpubsub.keep_alive;
  if (serving_hub() != nullptr) options.tls.ca_file = settings_.hub.tls.certificate_file;
  client_ = webpubsub::Client::create(loop_, credential_, std::move(options), *this, log_);
}

void Gateway::make_uplink() {
  uplink_ = std::make_unique<Uplink>(loop_, settings_.gateway_id, settings_.rules, uplink_options(),
                                     *client_, log_, &store_.store());
  uplink_->set_forward_watcher(*this);
  traces_ = std::make_unique<TraceRequests>(loop_, *uplink_, [this](std::string_view payload) {
    return shown_payload(payload, hidden_);
  });
}

UplinkOptions Gateway::uplink_options() const {
  return settings_.hub_mirror ? options_beside_mirror(settings_.uplink) : settings_.uplink;
}

void Gateway::make_mirror() {
  tee_->set_second(nullptr);
  mirror_.reset();
  if (!hub_ || serving_hub() != nullptr) return;
  mirror_ = std::make_unique<Mirror>(loop_, settings_, *hub_, log_);
  tee_->set_second(&mirror_->receiver());
}

bool Gateway::needs_store() const {
  const auto& [rules, commands] = std::tie(settings_.rules, settings_.commands);
  const bool thins = std::any_of(rules.begin(), rules.end(),
                                 [](const RuleOptions& rule) { return rule.thin.is_set(); });
  return std::any_of(rules.begin(), rules.end(),
                     [](const RuleOptions& rule) { return rule.store == StoreMode::Disk; }) ||
         std::any_of(commands.begin(), commands.end(),
                     [](const CommandOptions& command) {
                       return !command.id.empty() && command.remember.count() > 0;
                     }) ||
         // Last values and what rules thin by are worth no complaint where there is no place for
         // them.
         ((settings_.snapshot.enabled || thins) && is_writable(settings_.store.directory));
}

void Gateway::make_presence() {
  presence_ = std::make_unique<Presence>(loop_, settings_.presence, *client_,
                                         [this] { return snapshot(); });
}

Result<void> Gateway::make_engine() {
  tee_ = std::make_unique<MqttTee>(uplink_->receiver());
  make_mirror();
  replies_ = std::make_unique<ReplyIntake>(loop_, *tee_, [this](const MqttReply& reply) {
    if (devices_ && devices_->take(reply.topic, reply.payload, steady_now())) return;
    if (downlink_) downlink_->on_reply(reply);
  });
  auto engine = make_paho_engine(loop_, mqtt_options(), {}, *replies_, *this, log_);
  if (!engine) return engine.error();
  engine_ = std::move(*engine);
  engine_->remember_subscriptions(session_.recall(mqtt_options()));
  make_downlink();
  make_devices();
  make_snapshot();
  downlink_->keep_ids(kept_ids_);
  if (settings_.snapshot.enabled) kept_values_.load();
  kept_thinning_.start(uplink_->lines());
  if (auto blocking = make_blocking_link(settings_, Recall::Yes); !blocking) return blocking;
  begin_handover();
  subscribe();
  uplink_->set_requester([this](const DeviceRequest& request) {
    // One that gets lost is asked for again.
    static_cast<void>(engine_->publish({.topic = request.topic, .payload = request.payload},
                                       [](const Result<void>&) {}));
  });
  return {};
}

void Gateway::subscribe() {
  auto wanted = subscriptions();
  session_.add(wanted);
  engine_->set_subscriptions(std::move(wanted));
  subscribe_blocking();
}

void Gateway::start() {
  phase_ = Phase::Running;
  watch_devices();
  log_flush_.start_after(kLogFlushInterval);
  engine_->start();
  if (blocking_link_) blocking_link_->start();
  client_->start();
  join_groups();
  watch_network();
}

void Gateway::watch_network() {
  auto network = webpubsub::net::NetworkWatch::start(loop_, [this] { retry_links(); });
  if (network) {
    network_ = std::move(*network);
  } else {
    log_.write(LogLevel::Notice, "net.unwatched",
               "links will not learn that the network is back, and wait for their next attempt: " +
                   network.error().message);
  }
}

/// The network has come back: what waits for its next attempt need not.
void Gateway::retry_links() {
  if (phase_ != Phase::Running) return;
  client_->retry_now();
  if (!engine_->is_connected()) static_cast<void>(engine_->set_options(mqtt_options(), false));
  if (blocking_link_ && !blocking_link_->record().up()) {
    static_cast<void>(blocking_link_->set_options(mqtt_options(MqttLinkKind::Blocking), false));
  }
}

void Gateway::stop(milliseconds flush_limit, std::function<void()> done) {
  stopped_ = std::move(done);
  flush_time_ = flush_limit;
  phase_ = Phase::EndingIntake;
  presence_->announce();
  announce_birth(false);
  stop_links([this] { flush_uplink(); });
}

void Gateway::flush_uplink() {
  if (phase_ != Phase::EndingIntake) return;
  phase_ = Phase::Flushing;
  flush_limit_.start_after(flush_time_);
  uplink_->flush([this] { loop_.defer([this] { stop_client(); }); });
}

void Gateway::stop_client() {
  if (phase_ != Phase::Flushing) return;
  phase_ = Phase::Disconnecting;
  flush_limit_.cancel();
  uplink_->give_up();
  downlink_->give_up();
  presence_->announce_end();
  client_->stop();
}

void Gateway::stop_now() {
  if (phase_ == Phase::Stopped) return;
  uplink_->give_up();
  downlink_->give_up();
  finish_stop();
}

void Gateway::on_stopped() {
  loop_.defer([this] {
    const bool goes_on =
        phase_ == Phase::Running || phase_ == Phase::EndingIntake || phase_ == Phase::Flushing;
    if (replacing_client_ && goes_on) {
      replace_client();
    } else {
      finish_stop();
    }
  });
}

void Gateway::finish_stop() {
  if (phase_ == Phase::Stopped) return;
  phase_ = Phase::Stopped;
  tee_->set_second(nullptr);
  mirror_.reset();
  if (mqtt_link_.up()) session_.set(subscriptions());  // what was to be given up was long ago
  if (settings_.snapshot.enabled) kept_values_.save_all();
  kept_thinning_.save();
  log_.flush(webpubsub::TimePoint::max());
  if (stopped_) std::exchange(stopped_, nullptr)();
}

void Gateway::on_connected(const webpubsub::Connected& connected) {
  const auto after = after_words(cloud_link_.snapshot(steady_now()));
  cloud_link_.went_up(steady_now());
  credentials_ = read_credential_expiries(settings_);
  log_.over("cloud.connect_failed");
  log_.write(LogLevel::Notice, "cloud.connected",
             (serving_hub() != nullptr ? "connected to the embedded hub"
                                       : "connected to Azure Web PubSub") +
                 after,
             {{"link", "cloud"},
              {"hub", settings_.webpubsub.hub},
              {"connection_id", connected.connection_id},
              {"user_id", connected.user_id}});
  uplink_->on_link_up();
  downlink_->on_link_ready();
  presence_->announce();
}

void Gateway::on_disconnected(const Error& why, std::optional<milliseconds> retry_in) {
  const bool was_up = cloud_link_.up();
  cloud_link_.went_down(why, retry_in, steady_now(), webpubsub::wall_now());
  uplink_->on_link_down(why);
  log_.burst(steady_now(), level_of(retry_in),
             was_up ? "cloud.disconnected" : "cloud.connect_failed",
             (retry_in ? "no link to the service: " : "the link to the service is closed: ") +
                 why.message + (retry_in ? retry_words(*retry_in) : ""),
             {{"link", "cloud"},
              {"reason", was_up ? reason_word(why) : std::string(to_string(why.code))},
              {"code", code_words(why)},
              {"retry_in_ms", retry_in ? std::to_string(retry_in->count()) : ""}});
}

// For up to half a minute the service keeps the connection as it was. Until then nothing is sent,
// and what has no acknowledgement yet the client sends again by itself.
void Gateway::on_recovering(const Error& why) {
  cloud_link_.went_down(why, milliseconds(0), steady_now(), webpubsub::wall_now());
  uplink_->on_link_down(why);
  log_.burst(steady_now(), LogLevel::Warning, "cloud.disconnected",
             "the link to the service was lost and is being recovered: " + why.message,
             {{"link", "cloud"}, {"reason", reason_word(why)}, {"code", code_words(why)}});
}

void Gateway::on_recovered() {
  const auto after = after_words(cloud_link_.snapshot(steady_now()));
  cloud_link_.went_up(steady_now());
  log_.over("cloud.disconnected");
  log_.write(LogLevel::Notice, "cloud.connected", "recovered the link to the service" + after,
             {{"link", "cloud"}, {"hub", settings_.webpubsub.hub}});
  uplink_->on_link_up();
  downlink_->on_link_ready();
}

void Gateway::on_group_message(const webpubsub::GroupMessage& message) {
  take(origin_of(message), message.data);
}

void Gateway::on_server_message(const webpubsub::ServerMessage& message) {
  take(origin_of(message), message.data);
}

void Gateway::on_rejoin_failed(std::string_view group, const Error& why) {
  log_.burst(steady_now(), LogLevel::Error, "cloud.join_failed", why.message,
             {{"group", std::string(group)}});
}

void Gateway::on_drain() {
  uplink_->on_link_drain();
  downlink_->on_link_ready();
}

void Gateway::on_mqtt_connected(const MqttConnected& connected) {
  const auto after = after_words(mqtt_link_.snapshot(steady_now()));
  mqtt_link_.went_up(steady_now());
  credentials_ = read_credential_expiries(settings_);
  if (!connected.session_present) session_.set(subscriptions());
  log_.over("mqtt.connect_failed", {{"link", "mqtt"}});
  log_.write(LogLevel::Notice, "mqtt.connected", "connected to the broker" + after,
             {{"link", "mqtt"},
              {"version", connected.version == MqttVersion::V5 ? "5" : "3.1.1"},
              {"session", connected.session_present ? "resumed" : "new"}});
  announce_birth(true);
  presence_->announce();
}

void Gateway::on_mqtt_disconnected(const Error& why, milliseconds retry_in) {
  const bool was_up = mqtt_link_.up();
  mqtt_link_.went_down(why.message, retry_in, steady_now());
  log_.burst(steady_now(), LogLevel::Warning, was_up ? "mqtt.disconnected" : "mqtt.connect_failed",
             "no link to the broker: " + why.message + retry_words(retry_in),
             {{"link", "mqtt"},
              {"reason", std::string(to_string(why.code))},
              {"retry_in_ms", std::to_string(retry_in.count())}});
  if (was_up) presence_->announce();
}

void Gateway::on_subscription_refused(std::string_view filter, const Error& why) {
  log_.burst(steady_now(), LogLevel::Error, "mqtt.subscription_refused", why.message,
             {{"link", "mqtt"}, {"topic", std::string(filter)}});
}

std::string Gateway::hub_endpoint() const { return hub_ ? hub_->endpoint() : std::string(); }

}  // namespace gateway
