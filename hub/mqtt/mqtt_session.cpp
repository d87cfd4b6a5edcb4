#include "hub/mqtt/mqtt_session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "hub/membership.h"
#include "hub/mqtt/translation.h"
#include "hub/publish.h"
#include "hub/webhooks/webhook_session.h"
#include "webpubsub/protocol/mqtt/codec.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

using mqtt::ReasonCode;

std::shared_ptr<net::Message> encode(const mqtt::Packet& packet, mqtt::Version version) {
  std::string bytes;
  mqtt::encode(packet, version, bytes);
  return net::Message::make(net::MessageType::Binary, bytes);
}

}  // namespace

MqttSession::MqttSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
                         MqttTerms terms, std::function<void(ClientSession&)> on_end)
    : ClientSession(context, events, std::move(identity), std::move(on_end)),
      terms_(std::move(terms)),
      reader_(context.options.limits.max_message_bytes),
      outgoing_({.messages = context.options.max_retained_messages,
                 .bytes = context.options.max_retained_bytes}),
      keep_alive_(context.loop, [this] { check_keep_alive(); }),
      expiry_(context.loop, [this] { close(net::close_code::kNormal, "The session expired."); }),
      will_(context.loop, [this] { publish_will(); }) {}

// ---- coming and going ----------------------------------------------------------------------

void MqttSession::greet() { greet_with(false); }

void MqttSession::greet_with(bool session_present) {
  send_packet(welcome(terms_, session_present, context().options.limits.max_message_bytes));
  outgoing_.start_over(std::max<std::uint16_t>(terms_.receive_maximum, 1));
  last_packet_ = steady_now();
  check_keep_alive();
  send_outgoing();
}

std::unique_ptr<net::WebSocket> MqttSession::give_way() {
  tell(ReasonCode::SessionTakenOver, "Another client took this session over.");
  return release_socket();
}

void MqttSession::resume(std::unique_ptr<net::WebSocket> socket, MqttTerms terms) {
  expiry_.cancel();
  will_.cancel();
  terms_ = std::move(terms);
  reader_ = mqtt::PacketReader(context().options.limits.max_message_bytes);
  has_left_ = false;
  may_stay_ = true;
  if (webhook_session()) webhook_session()->mqtt_ending.reset();
  ++context().counters.recoveries;
  attach(std::move(socket));
  greet_with(true);
}

void MqttSession::end_for_clean_start() {
  disconnect(ReasonCode::SessionTakenOver, "Another client took this session over.");
}

bool MqttSession::outlives(const net::CloseInfo& /*info*/) const {
  return may_stay_ && terms_.session_expiry > std::chrono::seconds::zero();
}

void MqttSession::on_detached() {
  keep_alive_.cancel();
  expiry_.start_after(terms_.session_expiry);
  if (!terms_.will) return;
  const std::chrono::seconds delay(terms_.will->properties.will_delay_seconds.value_or(0));
  will_.start_after(std::min(delay, terms_.session_expiry));
}

void MqttSession::on_leaving() { publish_will(); }

void MqttSession::publish_will() {
  if (!terms_.will) return;
  mqtt::Will will = *std::exchange(terms_.will, std::nullopt);
  mqtt::Publish packet{.topic = std::move(will.topic),
                       .payload = std::move(will.payload),
                       .qos = will.qos,
                       .properties = std::move(will.properties)};
  packet.properties.will_delay_seconds.reset();
  publish_to_group(packet, false);
}

void MqttSession::tell(ReasonCode reason, std::string_view text) {
  note_ending(false, {.reason = reason});
  if (!is_v5()) return;
  mqtt::Disconnect packet{.reason = reason};
  if (!text.empty()) packet.properties.reason_string = std::string(text);
  static_cast<void>(offer(encode(packet, terms_.version)));  // no socket, or a full one: no matter
}

void MqttSession::disconnect(ReasonCode reason, std::string_view text) {
  if (is_closing()) return;
  may_stay_ = false;
  tell(reason, text);
  close(net::close_code::kNormal, text);
}

void MqttSession::say_goodbye(std::string_view reason) {
  may_stay_ = false;
  tell(ReasonCode::AdministrativeAction, reason);
}

void MqttSession::close_as_too_slow() {
  disconnect(ReasonCode::QuotaExceeded, "Too many messages wait for this client.");
}

/// One and a half times the agreed time without a packet (5.0, 3.1.2-22).
void MqttSession::check_keep_alive() {
  const std::chrono::milliseconds allowed = terms_.keep_alive * 3 / 2;
  const TimePoint now = steady_now();
  // While an event waits for its answer we do not read, so nothing can be heard.
  if (awaits_event_) last_packet_ = now;
  if (now - last_packet_ < allowed) return keep_alive_.start_at(last_packet_ + allowed);
  constexpr std::string_view kWhy = "Nothing came within the keep-alive.";
  if (!outlives({})) return disconnect(ReasonCode::KeepAliveTimeout, kWhy);
  tell(ReasonCode::KeepAliveTimeout, kWhy);
  close_socket(net::close_code::kNormal, kWhy);
}

// ---- packets -------------------------------------------------------------------------------

void MqttSession::on_payload(net::MessageType type, std::string_view payload) {
  if (type != net::MessageType::Binary) {
    return close_as_malformed(net::close_code::kUnsupportedData,
                              "MQTT packets travel in binary messages.",
                              "the wrong kind of WebSocket message");
  }
  last_packet_ = steady_now();
  reader_.feed(payload);
  handle_packets();
}

void MqttSession::handle_packets() {
  if (std::exchange(handling_, true)) return;  // an answer from inside handle() below
  while (!is_closing() && !awaits_event_ && !has_left_ && handle_next()) continue;
  handling_ = false;
}

bool MqttSession::handle_next() {
  const auto bytes = reader_.next();
  if (bytes && !*bytes) return false;
  auto packet = bytes ? mqtt::decode(**bytes, terms_.version) : Result<mqtt::Packet>(bytes.error());
  if (!packet) {
    ++context().counters.malformed_frames;
    disconnect(static_cast<ReasonCode>(packet.error().service_code), packet.error().message);
    return false;
  }
  std::visit([this](auto& known) { handle(known); }, *packet);
  return true;
}

void MqttSession::handle(const mqtt::Puback& packet) {
  outgoing_.on_puback(packet.packet_id);
  send_outgoing();
}

void MqttSession::handle(const mqtt::Pubrec& packet) {
  if (!outgoing_.on_pubrec(packet.packet_id, is_failure(packet.reason))) {
    send_packet(mqtt::Pubrel{.packet_id = packet.packet_id,
                             .reason = ReasonCode::PacketIdentifierNotFound});
  }
  send_outgoing();
}

void MqttSession::handle(const mqtt::Pubcomp& packet) {
  outgoing_.on_pubcomp(packet.packet_id);
  send_outgoing();
}

void MqttSession::handle(const mqtt::Pubrel& packet) {
  const bool known = unreleased_.erase(packet.packet_id) > 0;
  send_packet(
      mqtt::Pubcomp{.packet_id = packet.packet_id,
                    .reason = known ? ReasonCode::Success : ReasonCode::PacketIdentifierNotFound});
}

void MqttSession::handle(mqtt::Disconnect& packet) {
  note_ending(true, packet);
  if (packet.reason == ReasonCode::Success) terms_.will.reset();
  if (const auto expiry = packet.properties.session_expiry_seconds) {
    if (*expiry > 0 && terms_.session_expiry == std::chrono::seconds::zero()) {
      return disconnect(ReasonCode::ProtocolError, "A session that was to end cannot be kept.");
    }
    terms_.session_expiry = std::min(std::chrono::seconds(*expiry), terms_.session_expiry);
  }
  has_left_ = true;
  if (outlives({})) return close_socket(net::close_code::kNormal, "");
  close(net::close_code::kNormal, "");
}

// ---- subscriptions -------------------------------------------------------------------------

const MqttSession::Subscription& MqttSession::subscription_to(std::string_view topic) const {
  static const Subscription defaults{};
  const auto found = subscriptions_.find(topic);
  return found == subscriptions_.end() ? defaults : found->second;
}

ReasonCode MqttSession::subscribe(const mqtt::Subscription& wanted,
                                  std::optional<std::uint32_t> subscription_id) {
  const auto granted = static_cast<ReasonCode>(wanted.qos);
  const std::string& filter = wanted.filter;
  if (filter.starts_with("$share/")) return ReasonCode::SharedSubscriptionsNotSupported;
  if (filter.find_first_of("+#") != std::string::npos) {
    return ReasonCode::WildcardSubscriptionsNotSupported;
  }
  // What the service itself publishes arrives without being asked for.
  if (filter.starts_with("$webpubsub/server/")) return granted;
  if (!is_valid_group_name(filter)) return ReasonCode::TopicFilterInvalid;
  if (!permissions().join_leave.allows(filter)) return ReasonCode::NotAuthorized;
  const bool is_new = !subscriptions_.contains(filter);
  if ((is_new && subscriptions_.size() >= context().options.limits.max_groups_per_connection) ||
      !join_group(context(), hub(), *this, filter)) {
    return ReasonCode::QuotaExceeded;
  }
  subscriptions_.insert_or_assign(
      filter, Subscription{.qos = wanted.qos, .no_local = wanted.no_local, .id = subscription_id});
  return granted;
}

void MqttSession::handle(const mqtt::Subscribe& packet) {
  mqtt::Suback answer{.packet_id = packet.packet_id};
  const auto& ids = packet.properties.subscription_ids;
  const auto id = ids.empty() ? std::nullopt : std::optional(ids.front());
  for (const mqtt::Subscription& wanted : packet.subscriptions) {
    answer.reasons.push_back(subscribe(wanted, id));
  }
  send_packet(answer);
}

void MqttSession::handle(const mqtt::Unsubscribe& packet) {
  mqtt::Unsuback answer{.packet_id = packet.packet_id};
  for (const std::string& filter : packet.filters) {
    const auto known = subscriptions_.find(filter);
    answer.reasons.push_back(known == subscriptions_.end() ? ReasonCode::NoSubscriptionExisted
                                                           : ReasonCode::Success);
    if (known != subscriptions_.end()) subscriptions_.erase(known);
    hub().leave(*this, filter);
  }
  send_packet(answer);
}

// ---- what the client publishes -------------------------------------------------------------

/// What our CONNACK ruled out ends the session (5.0, 3.2.2.3.5 and 3.3.2-8).
bool MqttSession::may_go_on_with(const mqtt::Publish& packet) {
  if (packet.properties.topic_alias) {
    disconnect(ReasonCode::TopicAliasInvalid, "Topic aliases are not supported.");
  } else if (packet.retain && is_v5()) {
    disconnect(ReasonCode::RetainNotSupported, "Retained messages are not supported.");
  } else if (packet.qos == mqtt::Qos::ExactlyOnce && unreleased_.size() >= kMqttReceiveMaximum &&
             !unreleased_.contains(packet.packet_id)) {
    disconnect(ReasonCode::ReceiveMaximumExceeded, "Too many messages are half delivered.");
  }
  return !is_closing();
}

void MqttSession::handle(mqtt::Publish& packet) {
  if (!may_go_on_with(packet)) return;
  const mqtt::PacketId id = packet.packet_id;
  const mqtt::Qos qos = packet.qos;
  const bool repeated = qos == mqtt::Qos::ExactlyOnce && unreleased_.contains(id);
  ReasonCode reason = repeated ? ReasonCode::Success : take(packet);
  if (is_closing()) return;
  if (!is_v5()) reason = ReasonCode::Success;  // 3.1.1 has no words for a refusal
  if (qos == mqtt::Qos::AtLeastOnce) {
    send_packet(mqtt::Puback{.packet_id = id, .reason = reason});
  } else if (qos == mqtt::Qos::ExactlyOnce) {
    if (!is_failure(reason)) unreleased_.insert(id);
    send_packet(mqtt::Pubrec{.packet_id = id, .reason = reason});
  }
}

ReasonCode MqttSession::take(mqtt::Publish& packet) {
  if (packet.topic.starts_with(kMqttEvents)) {
    const auto event = std::string_view(packet.topic).substr(kMqttEvents.size());
    if (!is_valid_event_name(event)) return ReasonCode::TopicNameInvalid;
    raise(packet);
    return ReasonCode::Success;
  }
  if (packet.topic.starts_with("$webpubsub/") || !is_valid_group_name(packet.topic)) {
    return ReasonCode::TopicNameInvalid;
  }
  if (!permissions().send.allows(packet.topic)) return ReasonCode::NotAuthorized;
  publish_to_group(packet, !subscription_to(packet.topic).no_local);
  return ReasonCode::Success;
}

void MqttSession::publish_to_group(mqtt::Publish& packet, bool to_self) {
  const Members* members = hub().group_to_send_to(packet.topic);
  if (members == nullptr) return;
  packet.retain = packet.duplicate = false;
  packet.packet_id = 0;
  SharedMessage message(
      GroupMessage{.group = packet.topic, .from_user_id = user_id(), .data = data_of(packet)});
  message.set_mqtt(std::move(packet));
  deliver_to_members(context(), members, message, {.sender = to_self ? nullptr : this});
}

// ---- what the client receives --------------------------------------------------------------

bool MqttSession::deliver(SharedMessage& message) {
  if (is_closing()) return true;
  const mqtt::Publish& published = message.as_mqtt();
  const bool from_service = published.topic == kMqttServerMessages;
  const Subscription& subscription = subscription_to(published.topic);
  const mqtt::Qos most = from_service ? mqtt::Qos::AtLeastOnce : subscription.qos;
  const mqtt::Qos qos = std::min(published.qos, most);
  if (qos == mqtt::Qos::AtMostOnce && !subscription.id && !terms_.packet_size) {
    return queue(message.encoded_for_mqtt(terms_.version));  // the same bytes for all of these
  }
  mqtt::Publish packet = published;
  packet.qos = qos;
  if (subscription.id && is_v5()) packet.properties.subscription_ids = {*subscription.id};
  return qos == mqtt::Qos::AtMostOnce ? send_now(std::move(packet)) : send_later(std::move(packet));
}

bool MqttSession::send_now(mqtt::Publish packet) {
  const auto bytes = encode(packet, terms_.version);
  if (terms_.packet_size && bytes->size() > *terms_.packet_size) return true;  // 5.0, 3.1.2-25
  return queue(bytes);
}

bool MqttSession::send_later(mqtt::Publish packet) {
  if (terms_.packet_size && encode(packet, terms_.version)->size() > *terms_.packet_size)
    return true;
  if (!outgoing_.add(std::move(packet), steady_now())) return false;
  send_outgoing();
  return true;
}

/// As far as the socket takes it; on_drain() comes back here.
void MqttSession::send_outgoing() {
  while (!is_closing()) {
    const auto packet = outgoing_.next(steady_now());
    if (!packet || offer(encode(*packet, terms_.version)) != Offer::Accepted) return;
    outgoing_.sent();
  }
}

void MqttSession::send_packet(const mqtt::Packet& packet) { send(encode(packet, terms_.version)); }

}  // namespace webpubsub::hub
