#include "hub/cors.h"

#include <algorithm>

#include "hub/text.h"
#include "net/url.h"

namespace webpubsub::hub {

namespace {

constexpr std::string_view kMaxAge = "600";  // seconds a browser need not ask again

}  // namespace

Result<void> Cors::check(std::string_view origin) {
  if (origin == "*") return {};
  const auto url = net::parse_url(origin, "http", "https");
  if (!url || !url->user_information.empty() || !origin.ends_with(url->authority)) {
    return Error{Errc::InvalidArgument,
                 "'" + std::string(origin) +
                     "' is not an origin such as https://dash.example:8443, without a path"};
  }
  return {};
}

bool Cors::allows(std::string_view origin) const {
  return std::any_of(origins_.begin(), origins_.end(), [origin](const std::string& allowed) {
    return allowed == "*" || equals_ignoring_case(allowed, origin);
  });
}

bool Cors::is_preflight(const net::HttpRequest& request) {
  return request.method == "OPTIONS" && net::find_header(request.headers, "origin") &&
         net::find_header(request.headers, "access-control-request-method");
}

net::HttpResponse Cors::answer_preflight(const net::HttpRequest& request) const {
  if (!allows(net::find_header(request.headers, "origin").value_or(""))) return {.status = 403};
  net::HttpResponse response{.status = 204};
  open(request, response);
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE");
  // Those the page named: the token, and metadata under names of its own.
  if (const auto wanted = net::find_header(request.headers, "access-control-request-headers")) {
    response.headers.emplace_back("Access-Control-Allow-Headers", *wanted);
  }
  response.headers.emplace_back("Access-Control-Max-Age", kMaxAge);
  return response;
}

void Cors::open(const net::HttpRequest& request, net::HttpResponse& response) const {
  if (origins_.empty()) return;
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = net::find_header(request.headers, "origin");
  if (!origin || !allows(*origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "api-supported-versions, x-ms-error-code, Retry-After");
}

}  // namespace webpubsub::hub
