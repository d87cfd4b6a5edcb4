#include "hub/client_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "hub/private_roles.h"
#include "hub/protocol_session.h"
#include "hub/text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::chrono::seconds kPingInterval{20};  // the service's default, reference 10.1

Error refuse(int status, std::string message) {
  return {status == 401 ? Errc::Unauthorized : Errc::InvalidArgument, std::move(message), status};
}

const Codec* find_codec(std::string_view subprotocol) {
  return equals_ignoring_case(subprotocol, json_codec().subprotocol()) ? &json_codec() : nullptr;
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

std::optional<std::string> hub_of_client_url(std::string_view path,
                                             const net::QueryParameters& query) {
  constexpr std::string_view kPrefix = "/client/hubs/";
  if (path.starts_with(kPrefix)) {
    return net::percent_decode(path.substr(kPrefix.size()), false).value_or("");
  }
  if (path != "/client" && path != "/client/") return std::nullopt;
  const auto found = std::find_if(query.begin(), query.end(), [](const auto& parameter) {
    return equals_ignoring_case(parameter.first, "hub");
  });
  return found == query.end() ? std::string() : found->second;
}

std::vector<std::string> served_subprotocols() { return {std::string(kJsonSubprotocol)}; }

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
  return admission;
}

net::UpgradeAnswer ClientEndpoint::on_upgrade(const net::UpgradeRequest& request) {
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
  const auto on_end = [this](ClientSession& session) { forget(session); };
  std::unique_ptr<ClientSession> made;
  if (admission.codec != nullptr) {
    made = std::make_unique<ProtocolSession>(context_, events_, std::move(admission.identity),
                                             *admission.codec, on_end);
  } else {
    made = std::make_unique<RawSession>(context_, events_, std::move(admission.identity),
                                        std::move(admission.raw), on_end);
  }
  ClientSession& session = *made;
  sessions_.emplace(&session, std::move(made));
  session.start(std::move(socket), admission.hub, admission.groups);
  if (!liveness_.deadline()) liveness_.start_after(kPingInterval);
  return session;
}

void ClientEndpoint::forget(ClientSession& session) {
  // The session is inside its own callback: it goes when that has returned.
  context_.loop.defer([this, alive = std::weak_ptr<char>(alive_), &session] {
    if (!alive.expired()) sessions_.erase(&session);
  });
}

void ClientEndpoint::check_liveness() {
  const TimePoint now = steady_now();
  for (const auto& [session, owner] : sessions_) session->check_liveness(now);
  if (!sessions_.empty()) liveness_.start_after(kPingInterval);
}

}  // namespace webpubsub::hub
