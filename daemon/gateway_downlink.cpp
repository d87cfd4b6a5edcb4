// What comes down from the service, and what the gateway tells of itself and its devices.

#include <algorithm>
#include <utility>

#include "daemon/gateway.h"

namespace gateway {

using webpubsub::steady_now;

namespace {

/// Of the gateway's own birth and last will; empty: none.
std::string status_topic(const Settings& settings) {
  std::string topic;
  for (const auto& part : settings.presence.topic_status.parts()) {
    topic += part.literal ? part.text : settings.gateway_id;
  }
  return topic;
}

std::vector<std::string> rule_names(const Settings& settings) {
  std::vector<std::string> names;
  names.reserve(settings.rules.size());
  for (const auto& rule : settings.rules) names.push_back(rule.name);
  return names;
}

/// Whether messages of that link are stored as they come.
bool has_durable_rules(const Settings& settings, MqttLinkKind link) {
  return std::any_of(settings.rules.begin(), settings.rules.end(), [link](const RuleOptions& rule) {
    return rule.store == StoreMode::Disk && is_blocking(rule) == (link == MqttLinkKind::Blocking);
  });
}

}  // namespace

void Gateway::make_downlink() {
  downlink_ =
      std::make_unique<Downlink>(loop_, settings_.commands, settings_.gateway_id, *engine_, log_);
  event_replies_ = std::make_unique<EventReplies>(loop_, *engine_, log_);
  uplink_->set_asker(*event_replies_);
  downlink_->set_link([this](const Answer& answer, webpubsub::Completion done) {
    const auto& [kind, name] = answer.to;
    if (kind == AnswerTarget::Kind::Group) {
      return client_->send_to_group(name, webpubsub::DataType::Json, answer.bytes,
                                    {.no_echo = true, .acknowledged = true}, std::move(done));
    }
    return client_->send_event(name, webpubsub::DataType::Json, answer.bytes, true,
                               std::move(done));
  });
}

/// The store opened late, as its disk did, or after a reload that asked for it: what earlier
/// processes left joins what is known by now.
void Gateway::recall_late() {
  const bool is_first = store_.store().state().usable() && !std::exchange(had_store_, true);
  if (!is_first || !engine_) return;  // make_engine() recalls it in time
  downlink_->keep_ids(kept_ids_);
  if (settings_.snapshot.enabled) kept_values_.load();
  kept_thinning_.start(uplink_->lines());
  engine_->remember_subscriptions(session_.recall(mqtt_options()));
  if (blocking_link_) blocking_link_->recall();
  static_cast<void>(make_blocking_link(settings_, Recall::Yes));  // the options were checked
  begin_handover();
  subscribe();
}

void Gateway::make_snapshot() {
  last_values_.set_limits({settings_.snapshot.max_topics, settings_.snapshot.max_size});
  snapshot_ = std::make_unique<Snapshot>(
      settings_.snapshot, settings_.rules, settings_.gateway_id, last_values_,
      [this](Answer answer) { downlink_->tell(std::move(answer)); });
}

/// What is listened to, each once.
std::vector<std::string> Gateway::groups() const {
  auto groups = downlink_->groups();
  const auto& asked = snapshot_->group();
  const bool is_new = std::find(groups.begin(), groups.end(), asked) == groups.end();
  if (!asked.empty() && is_new) groups.push_back(asked);
  return groups;
}

void Gateway::join_groups() {
  for (const auto& group : groups()) client_->join_group(group, {});
}

void Gateway::make_devices() {
  devices_ = std::make_unique<DevicePresence>(
      settings_.presence, settings_.gateway_id, [this](const std::string& message) {
        if (settings_.presence.group.empty()) return;
        // The next list tells what gets lost here.
        static_cast<void>(client_->send_to_group(settings_.presence.group,
                                                 webpubsub::DataType::Json, message,
                                                 {.no_echo = true, .acknowledged = false}, {}));
      });
  uplink_->note_stored(settings_.presence.device_timeout.count() > 0);
  replies_->set_filters(listened_to());
  if (phase_ == Phase::Running) watch_devices();
}

void Gateway::watch_devices() {
  device_look_.cancel();
  device_list_.cancel();
  const auto& presence = settings_.presence;
  if (presence.device_timeout.count() == 0) return;
  device_look_.start_after(presence.device_timeout);
  if (presence.device_list.count() > 0) device_list_.start_after(presence.device_list);
}

void Gateway::on_seen(std::string_view device, webpubsub::TimePoint arrived) {
  if (devices_ && !device.empty()) devices_->seen(device, arrived, steady_now());
}

void Gateway::on_forwarded(const ForwardedReading& reading) {
  if (!settings_.snapshot.enabled) return;
  last_values_.on_forwarded(reading, webpubsub::unix_milliseconds(webpubsub::wall_now()));
}

/// Beside the topics of rules: where devices reply, and where their end is told.
std::vector<TopicFilter> Gateway::listened_to() const {
  auto filters = downlink_->reply_filters();
  for (auto& filter : devices_->filters()) filters.push_back(std::move(filter));
  return filters;
}

std::vector<MqttSubscription> Gateway::subscriptions(MqttLinkKind link) const {
  auto wanted = uplink_->wanted(link, hands_over_);
  if (link == MqttLinkKind::Common) {
    for (const auto& filter : listened_to()) wanted.push_back({filter, 1, false});
  }
  std::vector<MqttSubscription> result;
  for (auto& each : plan_subscriptions(std::move(wanted))) {
    // What we publish, such as commands, is no reading: it would go round in circles.
    result.push_back({each.filter.text(), each.qos, each.retained, true});
  }
  return result;
}

MqttOptions Gateway::mqtt_options(const Settings& settings, MqttLinkKind link) {
  auto options = settings.mqtt;
  // Every message is a sync: the library's other work is to come between them.
  if (settings.store.sync.count() == 0 && has_durable_rules(settings, link))
    options.receive_maximum = 1;
  if (const auto topic = status_topic(settings); !topic.empty()) {
    options.will = {.topic = topic,
                    .payload = birth_message(settings.gateway_id, rule_names(settings), false)};
  }
  return options;
}

MqttOptions Gateway::mqtt_options(MqttLinkKind link) const { return mqtt_options(settings_, link); }

void Gateway::announce_birth(bool online) {
  const auto topic = status_topic(settings_);
  if (topic.empty()) return;
  static_cast<void>(engine_->publish(
      {.topic = topic,
       .payload = birth_message(settings_.gateway_id, rule_names(settings_), online),
       .qos = 1,
       .retain = true},
      {}));
}

void Gateway::take(Origin origin, const webpubsub::Data& data) {
  if (snapshot_->take(origin, data, steady_now())) return;
  downlink_->on_message(std::move(origin), data);
}

}  // namespace gateway
