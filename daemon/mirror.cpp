#include "daemon/mirror.h"

#include <utility>

#include "webpubsub/auth/connection_string.h"
#include "webpubsub/auth/credential.h"
#include "webpubsub/auth/roles.h"

namespace gateway {

using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::steady_now;

namespace {

constexpr std::size_t kPart = 8;  // of the memory for readings, one is the mirror's
constexpr std::size_t kMostBatches = 1000;

UplinkOptions mirror_options(const Settings& settings) {
  UplinkOptions options;
  options.max_bytes = settings.uplink.max_bytes / kPart;
  options.max_batches = kMostBatches;
  return options;
}

/// The hub is always there, so nothing is kept for it, and events are the service's alone.
std::vector<RuleOptions> mirrored(const std::vector<RuleOptions>& rules) {
  std::vector<RuleOptions> copies;
  copies.reserve(rules.size());
  for (const auto& rule : rules) {
    if (!rule.event.empty()) continue;
    auto& copy = copies.emplace_back(rule);
    copy.send = SendMode::FireAndForget;
    copy.store = StoreMode::Memory;
    copy.offline = {.overflow = rule.offline.overflow};  // which says by which link it comes
    copy.batch.fills_billing = false;
  }
  return copies;
}

std::unique_ptr<webpubsub::Credential> credential_for(const Settings& settings,
                                                      const webpubsub::hub::Hub& hub) {
  // Ours, so it parses.
  return webpubsub::make_key_credential(
      *webpubsub::parse_connection_string(hub.connection_string().reveal()),
      {.hub = settings.hub.dashboard_hub,
       .user_id = settings.gateway_id,
       .roles = {std::string(webpubsub::kSendToAny)}});
}

}  // namespace

UplinkOptions options_beside_mirror(UplinkOptions options) {
  options.max_bytes -= options.max_bytes / kPart;
  return options;
}

Mirror::Mirror(webpubsub::net::EventLoop& loop, const Settings& settings,
               const webpubsub::hub::Hub& hub, webpubsub::Log& log)
    : log_(log), credential_(credential_for(settings, hub)) {
  webpubsub::ClientOptions options;
  options.tls.ca_file = settings.hub.tls.certificate_file;
  client_ = webpubsub::Client::create(loop, *credential_, std::move(options), *this, log);
  uplink_ = std::make_unique<Uplink>(loop, settings.gateway_id, mirrored(settings.rules),
                                     mirror_options(settings), *client_, log);
  client_->start();
}

void Mirror::reload(const Settings& settings) {
  uplink_->reload(settings.gateway_id, mirrored(settings.rules), mirror_options(settings));
}

MirrorSnapshot Mirror::snapshot() const {
  MirrorSnapshot snapshot{.up = up_};
  for (const auto& rule : uplink_->counts().rules) {
    snapshot.received += rule.received;
    snapshot.forwarded += rule.forwarded;
    snapshot.filtered += rule.filtered_total();
    snapshot.dropped += rule.dropped_total();
    snapshot.pending += rule.pending;
  }
  return snapshot;
}

void Mirror::on_connected(const webpubsub::Connected& /*connected*/) {
  up_ = true;
  log_.over("hub.mirror_failed");
  uplink_->on_link_up();
}

void Mirror::on_disconnected(const Error& why, std::optional<std::chrono::milliseconds>) {
  up_ = false;
  uplink_->on_link_down(why);
  log_.burst(steady_now(), LogLevel::Warning, "hub.mirror_failed",
             "the hub on this machine does not get what the service gets: " + why.message, {});
}

void MqttTee::set_second(MqttReceiver* second) {
  const std::lock_guard lock(mutex_);
  second_ = second;
}

// Who comes second never keeps the first one waiting, but for the next message.
MqttTaken MqttTee::on_message(const MqttMessage& message) noexcept {
  const auto taken = first_.on_message(message);
  const std::lock_guard lock(mutex_);
  if (second_ != nullptr) static_cast<void>(second_->on_message(message));
  return taken;
}

}  // namespace gateway
