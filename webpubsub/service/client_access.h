// Client access URLs in the name of a service client.

#pragma once

#include <string>
#include <string_view>

#include "webpubsub/service/service_client.h"

namespace webpubsub {

/// Refers to what the service client keeps.
struct ClientAccessPlace {
  const ConnectionString& connection_string;
  const std::string& hub;
};

ClientAccess sign_client_access(const ClientAccessPlace& place, const ClientTokenOptions& options);

/// From the answer to :generateToken, {"token":"..."}. Errors: Protocol.
Result<ClientAccess> parse_client_access(const ClientAccessPlace& place, bool mqtt,
                                         std::string_view body);

}  // namespace webpubsub
