// Where the service is and who we are to it: the options that every verb has.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "webpubsub/command/session.h"
#include "webpubsub/service/service_client.h"

namespace CLI {
class App;
}

namespace webpubsub::command {

struct Place {
  std::string hub{};
  std::string connection_string_file{};  // else the environment's WEBPUBSUB_CONNECTION_STRING
  std::string endpoint{};
  bool managed_identity = false;
  std::string ca_file{};
  std::string proxy{};
  bool debug = false;
};

void add_place(CLI::App& verb, Place& place);

/// Errors: what is missing or cannot be used, and how to give it. The file is told, not what is in
/// it.
Result<std::shared_ptr<ServiceClient>> open_service(Session& session, const Place& place);

/// A client access URL that goes to `endpoint`, a reverse proxy, when there is one.
/// Errors: InvalidArgument.
Result<Secret> through_endpoint(const Secret& client_access_url, const std::string& endpoint);

/// Opens session and service, and does `work`, which returns the exit code.
int with_service(const Place& place, const std::function<int(Session&, ServiceClient&)>& work);

}  // namespace webpubsub::command
