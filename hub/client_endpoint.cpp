#include "hub/client_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "hub/client_url.h"
#include "hub/granted_permissions.h"
#include "hub/private_roles.h"
#include "hub/protocol_session.h"
#include "hub/reliable_session.h"
#include "hub/text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::chrono::seconds kPingInterval{20};  // the service's default, reference 10.1

Error refuse(int status, std::string message) {
  return {status == 401 ? Errc::Unauthorized : Errc::InvalidArgument, std::move(message), status};
}

bool is_own_subprotocol(std::string_view name) {
  return canonical_hub_name(name).ends_with(".webpubsub.azure.v1");
}

/// What a connection will speak. A null codec is a raw client's.
struct Subprotocol {
  std::string name{};  // in the client's spelling
  const Codec* codec = nullptr;
};

/// The first one we speak, in the client's order and spelling. A client that offers none of ours
/// is a raw one; it may well give up by itself when no name comes back (reference, section 1.2).
Result<Subprotocol> pick_subprotocol(const std::vector<std::string>& offered) {
  for (const std::string& name : offered) {
    if (const Codec* codec = find_codec(name)) return Subprotocol{name, codec};
  }
  // Frames of Web PubSub's own subprotocols would make no sense as raw payloads.
  if (std::any_of(offered.begin(), offered.end(), is_own_subprotocol)) {
    return refuse(400, "This hub does not speak the subprotocol offered.");
  }
  return Subprotocol{};
}

/// One that an event handler chose: any name that was offered, our own or not.
Result<Subprotocol> take_subprotocol(const std::vector<std::string>& offered,
                                     const std::string& wanted) {
  const auto found = std::find_if(offered.begin(), offered.end(), [&](const std::string& name) {
    return equals_ignoring_case(name, wanted);
  });
  if (found == offered.end()) {
    return refuse(500, "The event handler chose a subprotocol that was not offered.");
  }
  const Codec* codec = find_codec(*found);
  if (codec == nullptr && is_own_subprotocol(*found)) {
    return refuse(500, "The event handler chose a subprotocol that this hub does not speak.");
  }
  return Subprotocol{*found, codec};
}

}  // namespace

ClientEndpoint::ClientEndpoint(HubContext& context, EventHandler& events)
    : context_(context), events_(events), liveness_(context.loop, [this] { check_liveness(); }) {}

Result<void> ClientEndpoint::apply_token(const net::HttpRequest& request, std::string_view hub,
                                         Admission& admission) {
  auto token = context_.tokens.client(request, hub, wall_now());
  if (!token) return refuse(401, token.error().message);
  if (!std::all_of(token->groups.begin(), token->groups.end(), is_valid_group_name)) {
    return refuse(400, "The token carries an invalid group name.");
  }
  ConnectionIdentity& identity = admission.identity;
  identity.id = random_id();
  identity.user_id = std::move(token->user_id);
  std::copy_if(token->roles.begin(), token->roles.end(), std::back_inserter(identity.private_roles),
               [](std::string_view role) { return role.starts_with(kPrivateRolePrefix); });
  identity.permissions = granted_permissions(token->roles, identity.user_id, context_.log);
  admission.groups = std::move(token->groups);
  admission.claims = std::move(token->claims);
  return {};
}

Result<ClientEndpoint::Admission> ClientEndpoint::admit(const net::UpgradeRequest& upgrade) {
  const net::HttpRequest& request = upgrade.request;
  const auto query = net::parse_query(request.query);
  const auto hub = hub_of_client_url(request.path, query);
  if (!hub) return refuse(404, "Clients connect to /client/hubs/{hub}.");
  if (!is_valid_hub_name(*hub)) return refuse(400, "The hub name is invalid.");
  if (context_.counters.connections + undecided_ >= context_.options.limits.max_connections) {
    ++context_.counters.connections_refused;
    return refuse(429, "The connection limit is reached.");
  }

  Admission admission;
  admission.hub = canonical_hub_name(*hub);
  if (auto entered = apply_token(request, *hub, admission); !entered) return entered.error();
  auto raw = RawOptions::parse(query);
  if (!raw) return refuse(400, raw.error().message);
  admission.raw = std::move(*raw);
  admission.identity.webhooks = context_.webhooks.new_session();
  return admission;
}

void ClientEndpoint::start_upgrade(net::UpgradeRequest upgrade, net::UpgradeResponder respond) {
  if (auto recovery = RecoveryRequest::parse(upgrade.request)) {
    return respond(answer_recovery(upgrade, std::move(*recovery)));
  }
  auto admission = admit(upgrade);
  if (!admission) return respond(refusal(upgrade.request, admission.error()));
  if (context_.webhooks.wants_connect(admission->hub)) {
    return ask_event_handler(std::move(upgrade), std::move(*admission), std::move(respond));
  }
  respond(welcome(upgrade, std::move(*admission), {}));
}

void ClientEndpoint::ask_event_handler(net::UpgradeRequest upgrade, Admission admission,
                                       net::UpgradeResponder respond) {
  struct Undecided {
    net::UpgradeRequest upgrade;
    Admission admission;
    net::UpgradeResponder respond;
  };
  std::string body = connect_body(upgrade, admission.claims);
  auto kept = std::make_shared<Undecided>(
      Undecided{std::move(upgrade), std::move(admission), std::move(respond)});
  ++undecided_;
  context_.webhooks.ask_connect(
      kept->admission.hub, kept->admission.identity, std::move(body),
      [this, kept, alive = std::weak_ptr<char>(alive_)](Result<ConnectVerdict> verdict) {
        if (alive.expired()) return;
        --undecided_;
        if (!verdict) return kept->respond(refusal(kept->upgrade.request, verdict.error()));
        const std::string subprotocol = verdict->subprotocol;
        apply_verdict(std::move(*verdict), kept->admission);
        kept->respond(welcome(kept->upgrade, std::move(kept->admission), subprotocol));
      });
}

/// The hub's private roles are not the event handler's to give or take.
void ClientEndpoint::apply_verdict(ConnectVerdict verdict, Admission& admission) {
  if (verdict.user_id) admission.identity.user_id = std::move(*verdict.user_id);
  if (!verdict.groups.empty()) admission.groups = std::move(verdict.groups);
  ConnectionIdentity& identity = admission.identity;
  if (verdict.roles) {
    identity.permissions = granted_permissions(*verdict.roles, identity.user_id, context_.log);
  }
}

/// `wanted_subprotocol` empty: the first one we speak.
net::UpgradeAnswer ClientEndpoint::welcome(const net::UpgradeRequest& upgrade, Admission admission,
                                           const std::string& wanted_subprotocol) {
  const auto picked = wanted_subprotocol.empty()
                          ? pick_subprotocol(upgrade.subprotocols)
                          : take_subprotocol(upgrade.subprotocols, wanted_subprotocol);
  if (!picked) return refusal(upgrade.request, picked.error());
  if (admission.groups.size() > context_.options.limits.max_groups_per_connection) {
    return refusal(upgrade.request, refuse(400, "Too many groups to begin with."));
  }
  admission.codec = picked->codec;
  admission.identity.subprotocol =
      picked->codec != nullptr ? picked->codec->subprotocol() : picked->name;
  net::UpgradeAnswer answer;
  answer.subprotocol = picked->name;
  answer.accept = [this, kept = std::make_shared<Admission>(std::move(admission))](
                      std::unique_ptr<net::WebSocket> socket) -> net::WebSocketListener& {
    return open(*kept, std::move(socket));
  };
  return answer;
}

net::UpgradeAnswer ClientEndpoint::refusal(const net::HttpRequest& request, const Error& why) {
  ++context_.counters.rejected_handshakes;
  context_.log.burst(steady_now(), LogLevel::Warning, "hub.handshake_rejected", "refused a client",
                     {{"peer", request.peer},
                      {"status", std::to_string(why.service_code)},
                      {"reason", why.message}});
  net::UpgradeAnswer answer;
  answer.status = why.service_code;
  answer.body = why.message;
  return answer;
}

net::WebSocketListener& ClientEndpoint::open(Admission& admission,
                                             std::unique_ptr<net::WebSocket> socket) {
  std::unique_ptr<ClientSession> made = make_session(admission);
  ClientSession& session = *made;
  sessions_.emplace(&session, std::move(made));
  session.start(std::move(socket), admission.hub, admission.groups);
  if (!liveness_.deadline()) liveness_.start_after(kPingInterval);
  return session;
}

std::unique_ptr<ClientSession> ClientEndpoint::make_session(Admission& admission) {
  const auto on_end = [this](ClientSession& session) { forget(session); };
  auto identity = std::move(admission.identity);
  if (admission.codec == nullptr) {
    return std::make_unique<RawSession>(context_, events_, std::move(identity),
                                        std::move(admission.raw), on_end);
  }
  if (!admission.codec->is_reliable()) {
    return std::make_unique<ProtocolSession>(context_, events_, std::move(identity),
                                             *admission.codec, on_end);
  }
  auto session = std::make_unique<ReliableSession>(context_, events_, std::move(identity),
                                                   *admission.codec, on_end);
  recoverable_.emplace(session->id(), session.get());
  return session;
}

ReliableSession* ClientEndpoint::find_recoverable(const RecoveryRequest& request) const {
  const auto found = recoverable_.find(request.connection_id);
  if (found == recoverable_.end()) return nullptr;
  ReliableSession* session = found->second;
  return session->may_recover(request.hub, request.token.reveal()) ? session : nullptr;
}

/// The upgrade is granted in any case: only a close frame with 1008 tells a client for good that
/// its connection is gone. The subprotocol stays what it was (reference, section 5.1).
net::UpgradeAnswer ClientEndpoint::answer_recovery(const net::UpgradeRequest& upgrade,
                                                   RecoveryRequest request) {
  net::UpgradeAnswer answer;
  const ReliableSession* session = find_recoverable(request);
  const Codec* codec = session != nullptr ? &session->codec() : nullptr;
  for (const std::string& offered : upgrade.subprotocols) {
    const Codec* known = find_codec(offered);
    if (known != nullptr && (codec == nullptr || known == codec)) answer.subprotocol = offered;
  }
  if (codec != nullptr && answer.subprotocol.empty()) {
    answer.subprotocol = std::string(codec->subprotocol());
  }
  answer.accept = [this, kept = std::move(request)](
                      std::unique_ptr<net::WebSocket> socket) -> net::WebSocketListener& {
    return recover(kept, std::move(socket));
  };
  return answer;
}

net::WebSocketListener& ClientEndpoint::recover(const RecoveryRequest& request,
                                                std::unique_ptr<net::WebSocket> socket) {
  if (ReliableSession* session = find_recoverable(request)) {
    context_.log.write(LogLevel::Debug, "hub.client_recovered", "a client came back",
                       {{"connection_id", session->id()}, {"user_id", session->user_id()}});
    session->recover(std::move(socket));
    return *session;
  }
  ++context_.counters.rejected_handshakes;
  auto made = std::make_unique<TurnedAway>(std::move(socket), [this](TurnedAway& one) {
    context_.loop.defer([this, alive = std::weak_ptr<char>(alive_), &one] {
      if (!alive.expired()) turned_away_.erase(&one);
    });
  });
  TurnedAway& turned_away = *made;
  turned_away_.emplace(&turned_away, std::move(made));
  return turned_away;
}

void ClientEndpoint::forget(ClientSession& session) {
  // The session is inside its own callback: it goes when that has returned.
  context_.loop.defer([this, alive = std::weak_ptr<char>(alive_), &session] {
    if (alive.expired()) return;
    recoverable_.erase(session.id());
    sessions_.erase(&session);
  });
}

void ClientEndpoint::check_liveness() {
  const TimePoint now = steady_now();
  for (const auto& [session, owner] : sessions_) session->check_liveness(now);
  if (!sessions_.empty()) liveness_.start_after(kPingInterval);
}

}  // namespace webpubsub::hub
