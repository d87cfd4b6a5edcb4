#include "hub/rest_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "hub/rest_call.h"
#include "hub/rest_connections.h"
#include "hub/rest_groups.h"
#include "hub/rest_messages.h"
#include "hub/text.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub::hub {

namespace {

constexpr std::array<std::string_view, 5> kVersions{"2021-10-01", "2022-11-01", "2023-07-01",
                                                    "2024-01-01", "2024-12-01"};

struct Route {
  std::string_view method;
  std::string_view path;  // below /api/hubs/{hub}/; {} stands for one name
  net::HttpResponse (*operation)(const RestCall&);
};

constexpr Route kRoutes[] = {
    {"POST", ":send", rest_send_to_all},
    {"POST", "groups/{}/:send", rest_send_to_group},
    {"POST", "users/{}/:send", rest_send_to_user},
    {"POST", "connections/{}/:send", rest_send_to_connection},
    {"POST", ":generateToken", rest_generate_token},
    {"HEAD", "connections/{}", rest_connection_exists},
    {"HEAD", "groups/{}", rest_group_exists},
    {"HEAD", "users/{}", rest_user_exists},
    {"DELETE", "connections/{}", rest_close_connection},
    {"POST", ":closeConnections", rest_close_all},
    {"POST", "groups/{}/:closeConnections", rest_close_group},
    {"POST", "users/{}/:closeConnections", rest_close_user},
    {"GET", "groups/{}/connections", rest_list_group},
    {"PUT", "groups/{}/connections/{}", rest_add_connection_to_group},
    {"DELETE", "groups/{}/connections/{}", rest_remove_connection_from_group},
    {"DELETE", "connections/{}/groups", rest_remove_connection_from_all_groups},
    {"PUT", "users/{}/groups/{}", rest_add_user_to_group},
    {"DELETE", "users/{}/groups/{}", rest_remove_user_from_group},
    {"DELETE", "users/{}/groups", rest_remove_user_from_all_groups},
    {"POST", ":addToGroups", rest_add_all_to_groups},
    {"POST", ":removeFromGroups", rest_remove_all_from_groups},
    {"PUT", "permissions/{}/connections/{}", rest_grant_permission},
    {"DELETE", "permissions/{}/connections/{}", rest_revoke_permission},
    {"HEAD", "permissions/{}/connections/{}", rest_check_permission},
};

/// Cuts the first part of a path off.
std::string_view next_part(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  return part;
}

/// The names in `path` when it has the shape of `pattern`; both without a leading slash.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> names;
  while (!pattern.empty()) {
    if (path.empty()) return std::nullopt;
    const std::string_view expected = next_part(pattern);
    const std::string_view part = next_part(path);
    if (expected == "{}") {
      if (part.empty()) return std::nullopt;
      names.push_back(decode_path(part));
    } else if (decode_path(part) != expected) {  // SDKs escape the colon or not
      return std::nullopt;
    }
  }
  if (!path.empty()) return std::nullopt;
  return names;
}

struct Target {
  const Route* route = nullptr;
  std::vector<std::string> names{};
  bool path_known = false;
};

Target find_route(std::string_view method, std::string_view path) {
  Target target;
  for (const Route& route : kRoutes) {
    auto names = match(route.path, path);
    if (!names) continue;
    target.path_known = true;
    if (route.method != method) continue;
    target.route = &route;
    target.names = std::move(*names);
    break;
  }
  return target;
}

/// Nothing when the version is one we speak; a missing one is taken for the newest.
std::optional<net::HttpResponse> refuse_version(const net::QueryParameters& query) {
  std::size_t count = 0;
  bool known = true;
  for (const auto& [name, value] : query) {
    if (!equals_ignoring_case(name, "api-version")) continue;
    ++count;
    known = known && std::find(kVersions.begin(), kVersions.end(), value) != kVersions.end();
  }
  if (count <= 1 && known) return std::nullopt;
  auto response = bad_request(count > 1 ? "api-version is given more than once."
                                        : "The api-version is not supported.");
  std::string supported;
  for (const std::string_view version : kVersions) {
    supported.append(supported.empty() ? "" : ", ").append(version);
  }
  response.headers.emplace_back("api-supported-versions", supported);
  return response;
}

/// The route's group, or nothing to check.
bool has_invalid_group(const Route& route, const std::vector<std::string>& names) {
  std::size_t name = 0;
  std::string_view pattern = route.path;
  std::string_view before;
  while (!pattern.empty()) {
    const std::string_view part = next_part(pattern);
    if (part == "{}" && before == "groups" && !is_valid_group_name(names[name])) return true;
    if (part == "{}") ++name;
    before = part;
  }
  return false;
}

}  // namespace

net::HttpResponse RestApi::answer(const net::HttpRequest& request) {
  const auto query = net::parse_query(request.query);
  if (auto refusal = refuse_version(query)) return std::move(*refusal);
  std::string_view path = request.path;
  path.remove_prefix(std::string_view("/api/").size());
  if (path == "health") {
    const bool read = request.method == "HEAD" || request.method == "GET";
    return status_only(read ? 200 : 405);
  }
  if (next_part(path) != "hubs" || path.empty()) return status_only(404);

  if (const auto allowed = context_.tokens.rest(request, wall_now()); !allowed) {
    context_.log.burst(steady_now(), LogLevel::Warning, "hub.request_rejected",
                       "refused a REST request",
                       {{"peer", request.peer}, {"reason", allowed.error().message}});
    auto response = rest_error(401, "Unauthorized", allowed.error().message, "Request");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  const std::string hub = canonical_hub_name(decode_path(next_part(path)));
  if (!is_valid_hub_name(hub)) return bad_request("The hub name is invalid.");
  Target target = find_route(request.method, path);
  if (target.route == nullptr) return status_only(target.path_known ? 405 : 404);
  if (has_invalid_group(*target.route, target.names)) {
    return bad_request("The group name is invalid.");
  }
  return target.route->operation(RestCall{.context = context_,
                                          .request = request,
                                          .query = query,
                                          .hub = hub,
                                          .names = std::move(target.names)});
}

net::HttpResponse RestApi::handle(const net::HttpRequest& request) {
  net::HttpResponse response = answer(request);
  if (request.method == "HEAD") response.body.clear();
  return response;
}

}  // namespace webpubsub::hub
