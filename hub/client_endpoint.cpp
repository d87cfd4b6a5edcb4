#include "hub/client_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "hub/client_url.h"
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

/// The first one we speak, in the client's order and spelling. A client that offers none of ours
/// is a raw one; it may well give up by itself when no name comes back (reference, section 1.2).
Result<const Codec*> pick_codec(const std::vector<std::string>& offered, std::string& picked) {
  for (const std::string& name : offered) {
    if (const Codec* codec = find_codec(name)) {
      picked = name;
      return codec;
    }
  }
  // Frames of Web PubSub's own subprotocols would make no sense as raw payloads.
  const auto own = std::find_if(offered.begin(), offered.end(), [](std::string_view name) {
    return canonical_hub_name(name).ends_with(".webpubsub.azure.v1");
  });
  if (own != offered.end()) return refuse(400, "This hub does not speak the subprotocol offered.");
  return static_cast<const Codec*>(nullptr);
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
  std::size_t dropped = 0;
  ConnectionIdentity& identity = admission.identity;
  identity.id = random_id();
  identity.user_id = std::move(token->user_id);
  identity.permissions = Permissions::from_roles(token->roles, dropped);
  std::copy_if(token->roles.begin(), token->roles.end(), std::back_inserter(identity.private_roles),
               [](std::string_view role) { return role.starts_with(kPrivateRolePrefix); });
  admission.groups = std::move(token->groups);
  if (dropped > 0) {
    context_.log.burst(steady_now(), LogLevel::Warning, "hub.roles_dropped",
                       "a token has invalid or too many group roles; they are left out",
                       {{"user_id", identity.user_id}, {"count", std::to_string(dropped)}});
  }
  return {};
}

Result<ClientEndpoint::Admission> ClientEndpoint::admit(const net::UpgradeRequest& upgrade,
                                                        std::string& subprotocol) {
  const net::HttpRequest& request = upgrade.request;
  const auto query = net::parse_query(request.query);
  const auto hub = hub_of_client_url(request.path, query);
  if (!hub) return refuse(404, "Clients connect to /client/hubs/{hub}.");
  if (!is_valid_hub_name(*hub)) return refuse(400, "The hub name is invalid.");
  if (sessions_.size() >= context_.options.max_connections) {
    return refuse(429, "The connection limit is reached.");
  }

  Admission admission;
  admission.hub = canonical_hub_name(*hub);
  if (auto entered = apply_token(request, *hub, admission); !entered) return entered.error();
  auto raw = RawOptions::parse(query);
  if (!raw) return refuse(400, raw.error().message);
  admission.raw = std::move(*raw);
  auto codec = pick_codec(upgrade.subprotocols, subprotocol);
  if (!codec) return codec.error();
  admission.codec = *codec;
  if (*codec != nullptr) admission.identity.subprotocol = (*codec)->subprotocol();
  return admission;
}

net::UpgradeAnswer ClientEndpoint::on_upgrade(const net::UpgradeRequest& request) {
  if (auto recovery = RecoveryRequest::parse(request.request)) {
    return answer_recovery(request, std::move(*recovery));
  }
  net::UpgradeAnswer answer;
  auto admission = admit(request, answer.subprotocol);
  if (!admission) {
    ++context_.counters.rejected_handshakes;
    context_.log.burst(steady_now(), LogLevel::Warning, "hub.handshake_rejected",
                       "refused a client",
                       {{"peer", request.request.peer},
                        {"status", std::to_string(admission.error().service_code)},
                        {"reason", admission.error().message}});
    answer.status = admission.error().service_code;
    answer.subprotocol.clear();
    answer.body = admission.error().message;
    return answer;
  }
  answer.accept = [this, kept = std::make_shared<Admission>(std::move(*admission))](
                      std::unique_ptr<net::WebSocket> socket) -> net::WebSocketListener& {
    return open(*kept, std::move(socket));
  };
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
