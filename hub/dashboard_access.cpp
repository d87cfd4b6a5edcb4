#include "hub/dashboard_access.h"

#include <utility>

#include "base/random.h"
#include "hub/private_roles.h"
#include "hub/text.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub::hub {

namespace {

constexpr std::chrono::minutes kTokenLifetime{5};  // the page asks anew for every connection
// The token travels in a URL. Groups beyond this many bytes are joined all the same, when the
// page's connection comes up; its role says that it is one.
constexpr std::size_t kMaxClaimBytes = 2048;

struct HostAndPort {
  std::string_view host;
  std::string_view port;
};

/// "localhost:8080", "127.0.0.1", "[::1]:8080", "::1".
HostAndPort split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return {};
    const std::string_view rest = text.substr(end + 1);
    return {text.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : ""};
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// The wildcard role for everything that begins with `prefix`.
std::string prefix_role(std::string_view prefix) {
  std::string role = std::string(kJoinLeaveAny) + "s.";
  for (const char c : prefix) {
    if (c == '*' || c == '?' || c == '\\') role += '\\';
    role += c;
  }
  return role + "**";
}

net::HttpResponse forbidden() {
  return {.status = 403,
          .headers = {{"Content-Type", "text/plain"}},
          .body = "The dashboard is served to this machine only."};
}

}  // namespace

bool is_loopback(std::string_view address) {
  std::string_view host = split_host(address).host;
  constexpr std::string_view kMapped = "::ffff:";  // IPv4 seen through an IPv6 socket
  if (host.starts_with(kMapped)) host.remove_prefix(kMapped.size());
  if (host == "::1") return true;
  // Digits and dots only, or it is a name: "127.example.org" is one.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

bool DashboardAccess::is_own_host(std::string_view text) const {
  const auto [host, port] = split_host(text);
  const std::string_view scheme_port = context_.options.tls.enabled() ? "443" : "80";
  if ((port.empty() ? scheme_port : port) != std::to_string(port_)) return false;
  return is_loopback(host) || equals_ignoring_case(host, "localhost") ||
         equals_ignoring_case(host, split_host(context_.options.address).host);
}

bool DashboardAccess::is_welcome_origin(const net::HttpRequest& request,
                                        std::string_view host) const {
  if (const auto origin = net::find_header(request.headers, "origin")) {
    if (context_.cors.allows(*origin)) return true;
    const std::string own =
        (context_.options.tls.enabled() ? "https://" : "http://") + std::string(host);
    if (!equals_ignoring_case(*origin, own)) return false;
  }
  // Sent by browsers even where they leave Origin out.
  const auto site = net::find_header(request.headers, "sec-fetch-site");
  return !site || *site == "same-origin" || *site == "none";
}

bool DashboardAccess::may_ask(const net::HttpRequest& request, std::string_view host) const {
  if (!is_welcome_origin(request, host)) return false;
  return context_.options.negotiate == HubOptions::Negotiate::Network ||
         (is_loopback(request.peer) && is_own_host(host));
}

std::string DashboardAccess::make_token(std::string_view host, bool commands) const {
  const HubOptions& options = context_.options;
  TokenClaims claims{.audience = client_audience((options.tls.enabled() ? "https://" : "http://") +
                                                     normal_authority(host, options.tls.enabled()),
                                                 options.dashboard_hub),
                     .user_id = "dashboard-" + random_id().substr(0, 6),
                     .roles = {std::string(kDashboardRole)}};
  if (commands) claims.roles.emplace_back(kCommandRole);
  std::size_t bytes = 0;
  for (std::string_view group : context_.dashboard_groups.configured()) {
    bytes += 2 * group.size();
    if (bytes > kMaxClaimBytes) break;
    if (is_group_prefix(group)) {
      group.remove_suffix(1);
      claims.roles.push_back(prefix_role(group));
    } else {
      claims.roles.push_back(join_leave_role(group));
      claims.groups.emplace_back(group);
    }
  }
  claims.issued = wall_now();
  claims.expires = claims.issued + kTokenLifetime;
  return sign_token(claims, context_.tokens.signing_key());
}

net::HttpResponse DashboardAccess::negotiate(const net::HttpRequest& request) {
  if (request.method != "GET" && request.method != "POST") return {.status = 405};
  const auto host = net::find_header(request.headers, "host");
  if (!host || !may_ask(request, *host)) {
    context_.log.burst(steady_now(), LogLevel::Warning, "hub.dashboard_refused",
                       "refused a dashboard page of another site or machine",
                       {{"peer", request.peer}});
    return forbidden();
  }

  const bool commands = !context_.options.command_user.empty() && is_loopback(request.peer);
  std::string body = "{\"url\":";
  append_json_string(body, (context_.options.tls.enabled() ? "wss://" : "ws://") +
                               std::string(*host) + "/client/hubs/" +
                               net::percent_encode(context_.options.dashboard_hub) +
                               "?access_token=" + make_token(*host, commands));
  body += ",\"groups\":[";
  bool first = true;
  for (const std::string& group : context_.dashboard_groups.names()) {
    if (!std::exchange(first, false)) body += ',';
    append_json_string(body, group);
  }
  body += "],\"commands\":";
  body += commands ? "true}" : "false}";
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

}  // namespace webpubsub::hub
