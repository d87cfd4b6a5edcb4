// Identities of Microsoft Entra ID, as the environment tells them to every tool of Azure.

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/event_loop.h"
#include "webpubsub/auth/token_source.h"

namespace webpubsub::command {

struct Place;

/// Empty when it is not set.
std::string environment_variable(const char* name);

/// The machine's own with --managed-identity; else the application that AZURE_TENANT_ID,
/// AZURE_CLIENT_ID and one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH and
/// AZURE_FEDERATED_TOKEN_FILE name. Errors: InvalidArgument with what is missing.
Result<std::unique_ptr<TokenSource>> make_identity(net::EventLoop& loop, const Place& place);

}  // namespace webpubsub::command
