#include "hub/recovery.h"

#include <algorithm>

#include "hub/client_url.h"
#include "hub/text.h"

namespace webpubsub::hub {

std::optional<RecoveryRequest> RecoveryRequest::parse(const net::HttpRequest& request) {
  auto query = net::parse_query(request.query);
  const auto find = [&query](std::string_view name) {
    return std::find_if(query.begin(), query.end(),
                        [name](const auto& parameter) { return parameter.first == name; });
  };
  const auto id = find("awps_connection_id");
  const auto token = find("awps_reconnection_token");
  if (id == query.end() || token == query.end()) return std::nullopt;
  const auto hub = hub_of_client_url(request.path, query);
  if (!hub) return std::nullopt;
  return RecoveryRequest{canonical_hub_name(*hub), id->second, Secret(std::move(token->second))};
}

}  // namespace webpubsub::hub
