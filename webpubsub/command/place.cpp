#include "webpubsub/command/place.h"

#include <utility>

#include <CLI/CLI.hpp>

#include "net/url.h"
#include "webpubsub/command/exit_codes.h"
#include "webpubsub/command/identity.h"
#include "webpubsub/entra/secret_file.h"

namespace webpubsub::command {

namespace {

Error missing_connection_string() {
  return {
      Errc::InvalidArgument,
      "there is no connection string: set WEBPUBSUB_CONNECTION_STRING, give "
      "--connection-string-file FILE, or --endpoint URL with an identity of Microsoft Entra ID"};
}

Result<ConnectionString> key_connection(const Place& place) {
  if (!place.connection_string_file.empty()) {
    const auto text = read_secret_text(place.connection_string_file);
    if (!text) return text.error();
    auto parsed = parse_connection_string(text->reveal());
    if (!parsed)
      parsed =
          Error{parsed.error().code, place.connection_string_file + ": " + parsed.error().message};
    return parsed;
  }
  const Secret text(environment_variable("WEBPUBSUB_CONNECTION_STRING"));
  if (text.empty()) return missing_connection_string();
  auto parsed = parse_connection_string(text.reveal());
  if (!parsed)
    parsed = Error{parsed.error().code, "WEBPUBSUB_CONNECTION_STRING: " + parsed.error().message};
  return parsed;
}

bool has_connection_string(const Place& place) {
  return !place.connection_string_file.empty() ||
         !environment_variable("WEBPUBSUB_CONNECTION_STRING").empty();
}

}  // namespace

void add_place(CLI::App& verb, Place& place) {
  constexpr const char* kGroup = "Service";
  verb.add_option("--hub", place.hub, "Default: the environment's WEBPUBSUB_HUB")
      ->type_name("NAME")
      ->group(kGroup);
  verb.add_option("--connection-string-file", place.connection_string_file,
                  "Default: the environment's WEBPUBSUB_CONNECTION_STRING")
      ->type_name("FILE")
      ->group(kGroup);
  verb.add_option("--endpoint", place.endpoint,
                  "A reverse proxy before the service; without a connection string: the service")
      ->type_name("URL")
      ->group(kGroup);
  verb.add_flag("--managed-identity", place.managed_identity,
                "As this machine, to --endpoint; default there: what AZURE_... tells")
      ->group(kGroup);
  verb.add_option("--ca-file", place.ca_file, "Certificates to trust; default: the system's")
      ->type_name("FILE")
      ->group(kGroup);
  verb.add_option("--proxy", place.proxy, "http://HOST:PORT")->type_name("URL")->group(kGroup);
  verb.add_flag("--debug", place.debug, "Tell more on standard error")->group(kGroup);
}

Result<std::shared_ptr<ServiceClient>> open_service(Session& session, const Place& place) {
  const std::string hub = place.hub.empty() ? environment_variable("WEBPUBSUB_HUB") : place.hub;
  if (hub.empty()) {
    return Error{Errc::InvalidArgument, "there is no hub: give --hub NAME, or set WEBPUBSUB_HUB"};
  }
  ServiceClientOptions options{.hub = hub, .tls = {.ca_file = place.ca_file}, .proxy = place.proxy};
  if (place.managed_identity || (!place.endpoint.empty() && !has_connection_string(place))) {
    if (place.endpoint.empty()) {
      return Error{Errc::InvalidArgument, "--managed-identity needs the service's --endpoint URL"};
    }
    auto source = make_identity(session.loop(), place);
    if (!source) return source.error();
    options.token_source = std::move(*source);
    options.connection_string.endpoint = place.endpoint;
    while (options.connection_string.endpoint.ends_with('/')) {
      options.connection_string.endpoint.pop_back();
    }
  } else {
    auto connection = key_connection(place);
    if (!connection) return connection.error();
    options.connection_string = std::move(*connection);
    options.reverse_proxy_endpoint = place.endpoint;
  }
  auto service = ServiceClient::create(session.loop(), std::move(options));
  if (!service) return service.error();
  return std::shared_ptr<ServiceClient>(std::move(*service));
}

Result<Secret> through_endpoint(const Secret& client_access_url, const std::string& endpoint) {
  if (endpoint.empty()) return client_access_url;
  const auto url = net::parse_url(client_access_url.reveal(), "ws", "wss");
  if (!url) return url.error();
  const auto proxy = net::parse_url(endpoint, "http", "https");
  if (!proxy) return proxy.error();
  return Secret((proxy->tls ? "wss://" : "ws://") + proxy->authority + url->target);
}

int with_service(const Place& place, const std::function<int(Session&, ServiceClient&)>& work) {
  const auto session = Session::open(place.debug);
  if (!session) return fail(session.error());
  const auto service = open_service(**session, place);
  if (!service) return fail_configuration(service.error());
  return work(**session, **service);
}

}  // namespace webpubsub::command
