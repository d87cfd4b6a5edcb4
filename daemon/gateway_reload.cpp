// How a running gateway takes on another configuration.

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/credential_expiry.h"
#include "daemon/gateway.h"

namespace gateway {

using config::Change;
using config::touches;
using webpubsub::Result;

namespace {

/// Whether a change asks for more than other credentials for the next connection.
bool is_about_more_than_secrets(const std::vector<Change>& changes, std::string_view section) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.kind != Change::Kind::Secret && touches({change}, section);
  });
}

/// The service as such: without what is sent there, and without what one shows to get in.
bool leads_elsewhere(const Settings& before, const Settings& after,
                     const std::vector<Change>& changes) {
  constexpr std::array kWhere{"webpubsub.hub",         "webpubsub.user_id", "webpubsub.roles",
                              "webpubsub.subprotocol", "webpubsub.proxy",   "webpubsub.tls",
                              "webpubsub.keep_alive"};
  if (std::any_of(kWhere.begin(), kWhere.end(),
                  [&](const char* key) { return is_about_more_than_secrets(changes, key); })) {
    return true;
  }
  const auto endpoint = [](const ServiceSettings& service) {
    if (service.connection_string) return service.connection_string->endpoint;
    if (service.negotiate) return service.negotiate->url;
    if (service.entra) return service.entra->endpoint;
    if (!service.client_access_url) return std::string();
    const auto url = service.client_access_url->reveal();
    return std::string(url.substr(0, url.find('?')));
  };
  return endpoint(before.webpubsub) != endpoint(after.webpubsub) ||
         before.webpubsub.proxy != after.webpubsub.proxy;
}

bool is_same(const std::optional<MqttWill>& a, const std::optional<MqttWill>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->topic == b->topic && a->payload == b->payload;
}

/// Whether the embedded hub has to be made anew. What its page shows it learns while it runs.
bool changes_hub(const Settings& before, const Settings& after,
                 const std::vector<Change>& changes) {
  return touches(changes, "hub") || before.hub.dashboard_hub != after.hub.dashboard_hub ||
         before.hub.command_user != after.hub.command_user;
}

}  // namespace

Result<void> Gateway::reload(const Settings& next, const std::vector<Change>& changes) {
  if (auto good = check_mqtt_options(next.mqtt); !good) return good;
  const bool had_blocking_link = blocking_link_ != nullptr;
  if (auto blocking = make_blocking_link(next, Recall::No); !blocking) return blocking;
  const auto other_hub = replace_hub(next, changes);
  if (!other_hub) {
    if (!had_blocking_link) blocking_link_.reset();
    return other_hub.error();
  }
  // From here on nothing can fail.
  const auto mqtt_before = mqtt_options();
  const auto blocking_before = mqtt_options(MqttLinkKind::Blocking);
  const auto groups_before = groups();
  const auto before = std::exchange(settings_, next);
  reload_uplink(changes);
  if (*other_hub) make_mirror();
  reload_downlink(changes);
  if (hub_ && !*other_hub && before.hub.dashboard_groups != settings_.hub.dashboard_groups) {
    hub_->set_dashboard_groups(settings_.hub.dashboard_groups);
  }
  reload_snapshot(before.snapshot.enabled, changes);
  reload_groups(groups_before);
  credential_.use(settings_, serving_hub());
  credentials_ = read_credential_expiries(settings_);
  const bool elsewhere =
      (*other_hub && serving_hub() != nullptr) || leads_elsewhere(before, settings_, changes);
  // Without a connection there is nothing to keep, and the new settings may be what it needs.
  const bool waits = client_->state() == webpubsub::ClientState::Waiting ||
                     client_->state() == webpubsub::ClientState::Connecting;
  if (elsewhere || !credential_.covers(settings_) || (waits && touches(changes, "webpubsub"))) {
    reconnect_client();
  }
  if (touches(changes, "presence") || touches(changes, "gateway")) {
    make_devices();
    subscribe();
    make_presence();
    presence_->announce();
  }
  reload_mqtt(mqtt_before, blocking_before, changes);
  return {};
}

// The last will names the rules, as the birth does. It goes with the next connection, as does how
// much the broker may send at a time.
void Gateway::reload_mqtt(const MqttOptions& before, const MqttOptions& blocking_before,
                          const std::vector<Change>& changes) {
  const auto options = mqtt_options();
  const auto blocking = mqtt_options(MqttLinkKind::Blocking);
  const bool other_will = !is_same(options.will, before.will);
  const bool own = touches(changes, "mqtt");
  const bool reconnect = own && is_about_more_than_secrets(changes, "mqtt");
  if (own) session_.follow(options);
  if (own || other_will || options.receive_maximum != before.receive_maximum) {
    static_cast<void>(engine_->set_options(options, reconnect));  // it was checked
  }
  const bool other_pace = blocking.receive_maximum != blocking_before.receive_maximum;
  if (blocking_link_ && (own || other_pace)) {
    static_cast<void>(blocking_link_->set_options(blocking, reconnect));
  }
  if (other_will) announce_birth(true);
}

// On another port the new hub listens before the old one goes. On the same one the old one has to
// make way, and is made again should the new one fail. Answers whether there is another one.
Result<bool> Gateway::replace_hub(const Settings& next, const std::vector<Change>& changes) {
  if (!next.needs_hub()) return std::exchange(hub_, nullptr) != nullptr;
  if (hub_ && !changes_hub(settings_, next, changes)) return false;
  const bool same_place = hub_ && next.hub.port == settings_.hub.port;
  if (same_place) hub_.reset();
  auto hub = webpubsub::hub::Hub::start(loop_, next.hub, log_);
  if (hub) {
    hub_ = std::move(*hub);
    return true;
  }
  if (same_place) {
    auto old = webpubsub::hub::Hub::start(loop_, settings_.hub, log_);
    if (old) hub_ = std::move(*old);
  }
  return hub.error();
}

void Gateway::reload_uplink(const std::vector<Change>& changes) {
  if (needs_store()) store_.open_in_background();
  if (touches(changes, "store")) store_.set_options(settings_.store);
  const bool rules = touches(changes, "rules") || touches(changes, "gateway");
  if (!rules && !touches(changes, "memory") && !touches(changes, "hub.mirror") &&
      !touches(changes, "webpubsub.pace") && !touches(changes, "webpubsub.rate_limit")) {
    return;
  }
  uplink_->reload(settings_.gateway_id, settings_.rules, uplink_options());
  if (mirror_) mirror_->reload(settings_);
  if (!rules) return;
  begin_handover();
  subscribe();
}

void Gateway::reload_downlink(const std::vector<Change>& changes) {
  if (!touches(changes, "commands") && !touches(changes, "gateway")) return;
  downlink_->reload(settings_.commands, settings_.gateway_id);
  replies_->set_filters(listened_to());
  subscribe();
}

void Gateway::reload_snapshot(bool was_enabled, const std::vector<Change>& changes) {
  if (!touches(changes, "snapshot") && !touches(changes, "rules") && !touches(changes, "gateway")) {
    return;
  }
  make_snapshot();
  if (settings_.snapshot.enabled && !was_enabled) kept_values_.load();
}

/// Commands and snapshots may listen to the same ones.
void Gateway::reload_groups(const std::vector<std::string>& before) {
  const auto after = groups();
  const auto is_in = [](const std::vector<std::string>& groups, const std::string& group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  };
  for (const auto& group : after) {
    if (!is_in(before, group)) client_->join_group(group, {});
  }
  for (const auto& group : before) {
    if (!is_in(after, group)) client_->leave_group(group, {});
  }
}

/// What is queued for the socket still leaves; on_stopped() goes on.
void Gateway::reconnect_client() {
  if (std::exchange(replacing_client_, true)) return;
  client_->stop();
}

void Gateway::replace_client() {
  replacing_client_ = false;
  presence_.reset();
  const auto old = std::exchange(client_, nullptr);
  make_client();
  uplink_->set_client(*client_);
  make_presence();
  client_->start();
  join_groups();
}

}  // namespace gateway
