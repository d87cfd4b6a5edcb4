#include "webpubsub/command/identity.h"

#include <cstdlib>
#include <utility>

#include "webpubsub/command/place.h"
#include "webpubsub/entra/entra.h"

namespace webpubsub::command {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
  return value == nullptr ? std::string() : value;
}

Result<std::unique_ptr<TokenSource>> make_identity(net::EventLoop& loop, const Place& place) {
  const std::string client_id = environment_variable("AZURE_CLIENT_ID");
  if (place.managed_identity) {
    auto options = ManagedIdentityOptions::from_environment();
    options.client_id = client_id;
    return make_managed_identity_source(loop, std::move(options));
  }
  EntraApplication application{environment_variable("AZURE_TENANT_ID"), client_id};
  if (application.tenant_id.empty() || application.client_id.empty()) {
    return Error{Errc::InvalidArgument,
                 "there is no identity for --endpoint: set WEBPUBSUB_CONNECTION_STRING, give "
                 "--managed-identity, or set AZURE_TENANT_ID and AZURE_CLIENT_ID"};
  }
  EntraConnection connection{.tls = {.ca_file = place.ca_file}, .proxy = place.proxy};
  if (auto authority = environment_variable("AZURE_AUTHORITY_HOST"); !authority.empty()) {
    connection.authority = std::move(authority);
  }
  if (auto secret = environment_variable("AZURE_CLIENT_SECRET"); !secret.empty()) {
    return make_client_secret_source(loop, std::move(application), Secret(std::move(secret)),
                                     std::move(connection));
  }
  if (auto file = environment_variable("AZURE_CLIENT_CERTIFICATE_PATH"); !file.empty()) {
    return make_client_certificate_source(loop, std::move(application), std::move(file), "",
                                          std::move(connection));
  }
  if (auto file = environment_variable("AZURE_FEDERATED_TOKEN_FILE"); !file.empty()) {
    return make_workload_identity_source(loop, std::move(application), std::move(file),
                                         std::move(connection));
  }
  return Error{Errc::InvalidArgument,
               "the application of AZURE_CLIENT_ID has no proof: set AZURE_CLIENT_SECRET, "
               "AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE"};
}

}  // namespace webpubsub::command
