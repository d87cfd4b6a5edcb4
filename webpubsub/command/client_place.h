// How the verbs that connect as a client get in: with a URL made here, or by somebody else.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "webpubsub/auth/credential.h"
#include "webpubsub/client/client.h"
#include "webpubsub/command/place.h"

namespace webpubsub::command {

struct ClientPlace {
  Place place{};
  std::string user{};
  std::string subprotocol = "json.reliable";
  std::string client_access_url_file{};  // else the environment's WEBPUBSUB_CLIENT_ACCESS_URL
  std::string negotiate{};
};

/// The options of add_place() and those of a client.
void add_client_place(CLI::App& verb, ClientPlace& place);

/// A URL that lets in with exactly `roles`; one from elsewhere has what it has. Errors: what is
/// missing or cannot be used.
Result<std::unique_ptr<Credential>> make_credential(Session& session, const ClientPlace& place,
                                                    std::vector<std::string> roles);

ClientOptions client_options(const ClientPlace& place);

/// Words for the person at the terminal, who gets the data on standard output.
void note(const std::string& words);

}  // namespace webpubsub::command
