#include "hub/rest_connections.h"

#include <algorithm>
#include <utility>

#include "hub/text.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/protocol/json_text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr long kDefaultTokenMinutes = 60;
constexpr long kMaxTokenMinutes = 60L * 24 * 365 * 10;

bool is_excluded(const RestCall& call, const Connection& connection) {
  const auto excluded = call.parameters("excluded");
  return std::find(excluded.begin(), excluded.end(), connection.id()) != excluded.end();
}

/// `connections` is a copy: closing changes the registry's own sets.
net::HttpResponse close_each(const RestCall& call, const std::vector<Connection*>& connections) {
  for (Connection* connection : connections) {
    if (!is_excluded(call, *connection)) connection->close_by_application(call.parameter("reason"));
  }
  return status_only(204);
}

std::vector<Connection*> copy_of(const Members* members) {
  return members == nullptr ? std::vector<Connection*>()
                            : std::vector<Connection*>(members->begin(), members->end());
}

GroupRights* find_rights(Connection& connection, std::string_view permission) {
  if (equals_ignoring_case(permission, "sendToGroup")) return &connection.permissions().send;
  if (equals_ignoring_case(permission, "joinLeaveGroup")) {
    return &connection.permissions().join_leave;
  }
  return nullptr;
}

bool is_permission(std::string_view name) {
  return equals_ignoring_case(name, "sendToGroup") || equals_ignoring_case(name, "joinLeaveGroup");
}

/// Nothing when the request can be served.
std::optional<net::HttpResponse> refuse_permission_call(const RestCall& call) {
  if (!is_permission(call.names[0])) return bad_request("The permission is unknown.");
  if (!is_valid_group_name(call.parameter("targetName"))) {
    return bad_request("targetName is not a valid group name.");
  }
  return std::nullopt;
}

net::HttpResponse permission_set_full() {
  return rest_error(409, "Error.Connection.Conflict",
                    "The connection has as many permissions as it may have.", "Connection");
}

}  // namespace

net::HttpResponse rest_generate_token(const RestCall& call) {
  const std::string_view kind = call.parameter("clientType");
  if (!kind.empty() && !equals_ignoring_case(kind, "default")) {
    return bad_request("This hub serves clients of type Default only.");
  }
  const std::string_view minutes_text = call.parameter("minutesToExpire");
  const auto minutes =
      minutes_text.empty() ? kDefaultTokenMinutes : parse_number(minutes_text, 1, kMaxTokenMinutes);
  if (!minutes) return bad_request("minutesToExpire is a whole number, at least 1.");

  TokenClaims claims{
      .audience = client_audience(call.context.tokens.endpoint_for(call.request), call.hub),
      .user_id = std::string(call.parameter("userId"))};
  for (const std::string_view role : call.parameters("role")) claims.roles.emplace_back(role);
  for (const std::string_view group : call.parameters("group")) claims.groups.emplace_back(group);
  claims.issued = wall_now();
  claims.expires = claims.issued + std::chrono::minutes(*minutes);

  std::string body = "{\"token\":";
  append_json_string(body, sign_token(claims, call.context.tokens.signing_key()));
  return json_answer(200, body + "}");
}

net::HttpResponse rest_connection_exists(const RestCall& call) {
  return status_only(call.connection(call.names[0]) != nullptr ? 200 : 404);
}

net::HttpResponse rest_user_exists(const RestCall& call) {
  return status_only(call.user(call.names[0]) != nullptr ? 200 : 404);
}

net::HttpResponse rest_close_connection(const RestCall& call) {
  if (Connection* connection = call.connection(call.names[0])) {
    connection->close_by_application(call.parameter("reason"));
  }
  return status_only(204);
}

net::HttpResponse rest_close_all(const RestCall& call) {
  std::vector<Connection*> all;
  if (const HubConnections* hub = call.connections()) {
    for (const auto& [id, connection] : hub->all()) all.push_back(connection);
  }
  return close_each(call, all);
}

net::HttpResponse rest_close_group(const RestCall& call) {
  return close_each(call, copy_of(call.group(call.names[0])));
}

net::HttpResponse rest_close_user(const RestCall& call) {
  return close_each(call, copy_of(call.user(call.names[0])));
}

net::HttpResponse rest_grant_permission(const RestCall& call) {
  if (auto refusal = refuse_permission_call(call)) return std::move(*refusal);
  Connection* connection = call.connection(call.names[1]);
  if (connection == nullptr) {
    return rest_error(404, "Info.Connection.NotExisted", "The connection does not exist.",
                      "Connection");
  }
  const bool done = find_rights(*connection, call.names[0])->grant(call.parameter("targetName"));
  return done ? status_only(200) : permission_set_full();
}

net::HttpResponse rest_revoke_permission(const RestCall& call) {
  if (auto refusal = refuse_permission_call(call)) return std::move(*refusal);
  Connection* connection = call.connection(call.names[1]);
  if (connection == nullptr) return status_only(204);
  const bool done = find_rights(*connection, call.names[0])->revoke(call.parameter("targetName"));
  return done ? status_only(204) : permission_set_full();
}

net::HttpResponse rest_check_permission(const RestCall& call) {
  if (auto refusal = refuse_permission_call(call)) return std::move(*refusal);
  Connection* connection = call.connection(call.names[1]);
  const bool allowed =
      connection != nullptr &&
      find_rights(*connection, call.names[0])->allows(call.parameter("targetName"));
  return status_only(allowed ? 200 : 404);
}

}  // namespace webpubsub::hub
