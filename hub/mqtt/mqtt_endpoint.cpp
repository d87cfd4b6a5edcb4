#include "hub/mqtt/mqtt_endpoint.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/random.h"
#include "hub/granted_permissions.h"
#include "hub/webhooks/connect_question.h"
#include "hub/webhooks/webhook_session.h"
#include "hub/webhooks/webhooks.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

using mqtt::ReasonCode;

constexpr std::string_view kPath = "/clients/mqtt/hubs/";
constexpr std::string_view kSubprotocol = "mqtt";

Error refuse(int status, std::string message) {
  return {Errc::InvalidArgument, std::move(message), status};
}

std::string session_key(std::string_view hub, std::string_view client_id) {
  return std::string(hub).append("/").append(client_id);
}

/// The status of an event handler that refuses, in MQTT's words.
ReasonCode reason_of(int status) {
  constexpr int kServerError = 500;
  return status < kServerError ? ReasonCode::NotAuthorized : ReasonCode::ServerUnavailable;
}

}  // namespace

std::optional<std::string> hub_of_mqtt_url(std::string_view path) {
  if (!path.starts_with(kPath)) return std::nullopt;
  return net::percent_decode(path.substr(kPath.size()), false).value_or("");
}

// ---- the upgrade ---------------------------------------------------------------------------

Result<void> MqttEndpoint::apply_token(MqttAdmission& admission) {
  auto token = context_.tokens.client(admission.upgrade.request, admission.hub, wall_now(), kPath);
  if (!token) return refuse(401, token.error().message);
  if (!std::all_of(token->groups.begin(), token->groups.end(), is_valid_group_name)) {
    return refuse(400, "The token carries an invalid group name.");
  }
  ConnectionIdentity& identity = admission.identity;
  identity.user_id = std::move(token->user_id);
  identity.subprotocol = std::string(kSubprotocol);
  identity.permissions = granted_permissions(token->roles, identity.user_id, context_.log);
  admission.groups = std::move(token->groups);
  admission.claims = std::move(token->claims);
  return {};
}

Result<MqttAdmission> MqttEndpoint::admit(const net::UpgradeRequest& upgrade) {
  const auto hub = hub_of_mqtt_url(upgrade.request.path);
  if (!hub || !is_valid_hub_name(*hub)) return refuse(400, "The hub name is invalid.");
  const std::size_t undecided = links_.size() - std::min(links_.size(), sessions_.size());
  if (context_.counters.connections + undecided >= context_.options.limits.max_connections) {
    ++context_.counters.connections_refused;
    return refuse(429, "The connection limit is reached.");
  }
  const bool offers_mqtt =
      std::any_of(upgrade.subprotocols.begin(), upgrade.subprotocols.end(),
                  [](const std::string& name) { return equals_ignoring_case(name, kSubprotocol); });
  if (!offers_mqtt) return refuse(400, "MQTT clients offer the subprotocol \"mqtt\".");
  MqttAdmission admission{.hub = canonical_hub_name(*hub), .upgrade = upgrade};
  if (auto entered = apply_token(admission); !entered) return entered.error();
  return admission;
}

void MqttEndpoint::start_upgrade(const net::UpgradeRequest& upgrade,
                                 const net::UpgradeResponder& respond) {
  net::UpgradeAnswer answer;
  auto admission = admit(upgrade);
  if (!admission) {
    count_refusal(upgrade.request.peer, admission.error().message);
    answer.status = admission.error().service_code;
    answer.body = admission.error().message;
    return respond(std::move(answer));
  }
  answer.subprotocol = kSubprotocol;
  answer.accept = [this, kept = std::make_shared<MqttAdmission>(std::move(*admission))](
                      std::unique_ptr<net::WebSocket> socket) -> net::WebSocketListener& {
    return open(std::move(*kept), std::move(socket));
  };
  respond(std::move(answer));
}

net::WebSocketListener& MqttEndpoint::open(MqttAdmission admission,
                                           std::unique_ptr<net::WebSocket> socket) {
  auto made =
      std::make_unique<MqttLink>(context_.loop, *this, std::move(admission), std::move(socket),
                                 context_.options.limits.max_message_bytes);
  MqttLink& link = *made;
  links_.emplace(&link, std::move(made));
  return link;
}

void MqttEndpoint::count_refusal(std::string_view peer, std::string_view reason) {
  ++context_.counters.rejected_handshakes;
  context_.log.burst(steady_now(), LogLevel::Warning, "hub.handshake_rejected", "refused a client",
                     {{"peer", std::string(peer)}, {"reason", std::string(reason)}});
}

// ---- CONNECT -------------------------------------------------------------------------------

void MqttEndpoint::on_connect(MqttLink& link, mqtt::Connect packet) {
  auto terms = settle(
      packet, std::chrono::duration_cast<std::chrono::seconds>(context_.options.recovery_window));
  if (terms && terms->will &&
      !link.admission().identity.permissions.send.allows(terms->will->topic)) {
    terms = Error{Errc::Unauthorized, "The client may not send to the group of its will.",
                  static_cast<int>(ReasonCode::NotAuthorized)};
  }
  if (!terms) {
    count_refusal(link.peer(), terms.error().message);
    return link.refuse(static_cast<ReasonCode>(terms.error().service_code), terms.error().message);
  }
  link.admission().identity.id = terms->client_id;
  auto& webhooks = link.admission().identity.webhooks;
  webhooks = context_.webhooks.new_session();
  if (webhooks) {
    webhooks->physical_connection_id = random_id();
    webhooks->session_id = random_id();
    webhooks->mqtt_version = packet.version;
  }
  if (context_.webhooks.wants_connect(link.admission().hub)) {
    return ask_event_handler(link, packet, std::move(*terms));
  }
  let_in(link, std::move(*terms));
}

void MqttEndpoint::ask_event_handler(MqttLink& link, const mqtt::Connect& packet, MqttTerms terms) {
  MqttAdmission& admission = link.admission();
  context_.webhooks.ask_connect(
      admission.hub, admission.identity, connect_body(admission.upgrade, admission.claims, &packet),
      [this, &link, kept = std::make_shared<MqttTerms>(std::move(terms)),
       alive = std::weak_ptr<char>(alive_)](Result<ConnectVerdict> verdict) {
        if (alive.expired() || !links_.contains(&link)) return;  // the client did not wait
        if (!verdict) {
          count_refusal(link.peer(), verdict.error().message);
          return link.refuse(reason_of(verdict.error().service_code), "The application refused.");
        }
        if (const auto& refusal = verdict->mqtt_refusal) {
          count_refusal(link.peer(), "the event handler refused");
          return link.refuse(refusal->reason, refusal->text, refusal->user_properties);
        }
        kept->user_properties = std::move(verdict->mqtt_user_properties);
        MqttAdmission& admitted = link.admission();
        if (verdict->user_id) admitted.identity.user_id = std::move(*verdict->user_id);
        if (!verdict->groups.empty()) admitted.groups = std::move(verdict->groups);
        if (verdict->roles) {
          admitted.identity.permissions =
              granted_permissions(*verdict->roles, admitted.identity.user_id, context_.log);
        }
        let_in(link, std::move(*kept));
      });
}

void MqttEndpoint::let_in(MqttLink& link, MqttTerms terms) {
  const MqttAdmission& admission = link.admission();
  if (admission.groups.size() > context_.options.limits.max_groups_per_connection) {
    count_refusal(link.peer(), "too many groups");
    return link.refuse(ReasonCode::QuotaExceeded, "Too many groups to begin with.");
  }
  const auto known = by_client_.find(session_key(admission.hub, terms.client_id));
  if (known != by_client_.end()) {
    Held& held = sessions_.at(known->second);
    if (held.session->user_id() != admission.identity.user_id) {
      return link.refuse(ReasonCode::ClientIdentifierNotValid, "Another user has this client id.");
    }
    if (!terms.clean_start && held.session->is_alive()) return resume(link, held, std::move(terms));
    held.session->end_for_clean_start();
    by_client_.erase(known);
  } else if (HubConnections* hub = context_.connections.find(admission.hub);
             hub != nullptr && hub->find(terms.client_id) != nullptr) {
    return link.refuse(ReasonCode::ClientIdentifierNotValid, "Another client has this id.");
  }
  start(link, std::move(terms));
}

void MqttEndpoint::resume(MqttLink& link, Held& held, MqttTerms terms) {
  if (auto socket = held.session->give_way()) held.link->retire(std::move(socket));
  held.link = &link;
  // The session goes on, and what event handlers know of it; the transport is another.
  const auto& known = held.session->webhook_session();
  const auto& came = link.admission().identity.webhooks;
  if (known && came) known->physical_connection_id = came->physical_connection_id;
  link.set_session(*held.session);
  held.session->resume(link.hand_over(), std::move(terms));
  link.pass_on_rest();
}

void MqttEndpoint::start(MqttLink& link, MqttTerms terms) {
  MqttAdmission& admission = link.admission();
  std::string key = session_key(admission.hub, terms.client_id);
  auto made = std::make_unique<MqttSession>(context_, events_, std::move(admission.identity),
                                            std::move(terms),
                                            [this](ClientSession& ended) { forget(ended); });
  MqttSession& session = *made;
  by_client_.insert_or_assign(key, &session);
  sessions_.emplace(&session, Held{std::move(made), &link, std::move(key)});
  link.set_session(session);
  session.start(link.hand_over(), admission.hub, admission.groups);
  link.pass_on_rest();
}

// ---- the end -------------------------------------------------------------------------------

void MqttEndpoint::on_link_end(MqttLink& link, MqttSession* session) {
  if (const auto held = sessions_.find(session); held != sessions_.end()) {
    held->second.link = nullptr;
  }
  context_.loop.defer([this, alive = std::weak_ptr<char>(alive_), &link] {
    if (!alive.expired()) links_.erase(&link);
  });
}

void MqttEndpoint::forget(ClientSession& session) {
  // The session is inside its own callback: it goes when that has returned.
  const auto known = by_client_.find(sessions_.at(&session).key);
  if (known != by_client_.end() && known->second == &session) by_client_.erase(known);
  context_.loop.defer([this, alive = std::weak_ptr<char>(alive_), &session] {
    if (!alive.expired()) sessions_.erase(&session);
  });
}

}  // namespace webpubsub::hub
