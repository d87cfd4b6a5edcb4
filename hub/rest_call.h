// One REST request on its way to its operation, and how operations answer.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/hub_context.h"
#include "net/http.h"

namespace webpubsub::hub {

struct RestCall {
  HubContext& context;
  const net::HttpRequest& request;
  const net::QueryParameters& query;
  std::string_view hub;              // canonical name
  std::vector<std::string> names{};  // what stands for the path's {} parts, unescaped

  /// Null when the hub has no connections.
  HubConnections* connections() const { return context.connections.find(hub); }
  Connection* connection(std::string_view id) const;
  const Members* group(std::string_view name) const;
  const Members* user(std::string_view user_id) const;

  /// The last value of a parameter; names are compared without regard to case.
  std::string_view parameter(std::string_view name) const;
  std::vector<std::string_view> parameters(std::string_view name) const;
};

/// An empty answer.
net::HttpResponse status_only(int status);
net::HttpResponse json_answer(int status, std::string body);
/// Code, message and target in the body, the code in a header too.
net::HttpResponse rest_error(int status, std::string_view code, std::string_view message,
                             std::string_view target = {});
net::HttpResponse bad_request(std::string_view message);

/// A whole number within [min, max]; nothing for anything else.
std::optional<long> parse_number(std::string_view text, long min, long max);

}  // namespace webpubsub::hub
