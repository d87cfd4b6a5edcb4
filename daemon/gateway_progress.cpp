// Whether the links are what they seem: for the watchdog, and for those who ask.

#include "daemon/gateway.h"
#include "daemon/progress_parts.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

LinkSnapshot told_of(const LinkRecord& record, TimePoint heard, const Unanswered& unanswered,
                     TimePoint now) {
  auto link = record.snapshot(now);
  if (!link.up) return link;
  const auto since = [now](TimePoint then) {
    return std::chrono::duration_cast<milliseconds>(std::max(now - then, TimePoint::duration(0)));
  };
  link.heard_ago = since(heard);
  link.unanswered = unanswered.count;
  link.oldest_unanswered = since(unanswered.oldest);
  return link;
}

}  // namespace

std::optional<std::string> Gateway::stuck() {
  if (phase_ == Phase::Running && !replacing_client_ &&
      client_->state() == webpubsub::ClientState::Stopped) {
    return "the link to the service has stopped by itself";
  }
  if (phase_ != Phase::Running) return std::nullopt;  // starting and stopping have their own limits
  const auto now = steady_now();
  ProgressSigns signs{.laps = loop_.laps(),
                      .mqtt = {.record = &mqtt_link_,
                               .alive = engine_->last_sign_of_life(),
                               .heard = engine_->last_heard()},
                      .cloud = {.record = &cloud_link_, .heard = client_->last_heard()},
                      .mqtt_connect_timeout = settings_.mqtt.connect_timeout,
                      .mqtt_keep_alive = settings_.mqtt.keep_alive,
                      .cloud_connect_timeout = webpubsub::ClientOptions{}.connect_timeout,
                      .cloud_keep_alive = settings_.webpubsub.keep_alive};
  if (blocking_link_) signs.blocking = blocking_link_->signs();
  return progress_.look(progress_parts(signs, uplink_->counts(), now), now);
}

void Gateway::add_links(GatewaySnapshot& snapshot, const UplinkCounts& uplink,
                        TimePoint now) const {
  snapshot.links = {told_of(mqtt_link_, engine_->last_heard(), engine_->unanswered(), now),
                    told_of(cloud_link_, client_->last_heard(), uplink.unanswered, now)};
  if (!blocking_link_) return;
  snapshot.links.push_back(
      told_of(blocking_link_->record(), blocking_link_->last_heard(), {}, now));
}

}  // namespace gateway
