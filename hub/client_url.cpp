#include "hub/client_url.h"

#include <algorithm>

#include "hub/text.h"

namespace webpubsub::hub {

std::optional<std::string> hub_of_client_url(std::string_view path,
                                             const net::QueryParameters& query) {
  if (path.starts_with(kClientPath)) {
    return net::percent_decode(path.substr(kClientPath.size()), false).value_or("");
  }
  if (path != "/client" && path != "/client/") return std::nullopt;
  const auto found = std::find_if(query.begin(), query.end(), [](const auto& parameter) {
    return equals_ignoring_case(parameter.first, "hub");
  });
  return found == query.end() ? std::string() : found->second;
}

}  // namespace webpubsub::hub
