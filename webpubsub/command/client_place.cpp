#include "webpubsub/command/client_place.h"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "webpubsub/auth/negotiate_credential.h"
#include "webpubsub/command/identity.h"
#include "webpubsub/command/message_text.h"
#include "webpubsub/entra/secret_file.h"
#include "webpubsub/service/service_credential.h"

namespace webpubsub::command {

namespace {

/// Another credential's URL, by way of a reverse proxy.
class ProxiedCredential final : public Credential {
 public:
  ProxiedCredential(std::unique_ptr<Credential> inner, std::string endpoint)
      : inner_(std::move(inner)), endpoint_(std::move(endpoint)) {}

  void client_access_url(Done done) override {
    inner_->client_access_url(
        [endpoint = endpoint_, done = std::move(done)](const Result<Secret>& url) {
          done(url ? through_endpoint(*url, endpoint) : url);
        });
  }

 private:
  const std::unique_ptr<Credential> inner_;
  const std::string endpoint_;
};

}  // namespace

void add_client_place(CLI::App& verb, ClientPlace& place) {
  verb.add_option("--user", place.user, "User id to connect with")->type_name("USER");
  verb.add_option("--subprotocol", place.subprotocol,
                  "json, json.reliable, protobuf or protobuf.reliable")
      ->check(CLI::IsMember({"json", "json.reliable", "protobuf", "protobuf.reliable"}))
      ->type_name("NAME")
      ->capture_default_str();
  verb.add_option("--client-access-url-file", place.client_access_url_file,
                  "A ready wss:// URL; also WEBPUBSUB_CLIENT_ACCESS_URL")
      ->type_name("FILE");
  verb.add_option("--negotiate", place.negotiate, "Where your application gives such a URL")
      ->type_name("URL");
  add_place(verb, place.place);
}

Result<std::unique_ptr<Credential>> make_credential(Session& session, const ClientPlace& place,
                                                    std::vector<std::string> roles) {
  if (!place.negotiate.empty()) {
    return make_negotiate_credential(session.loop(), {.url = place.negotiate,
                                                      .tls = {.ca_file = place.place.ca_file},
                                                      .proxy = place.place.proxy});
  }
  if (!place.client_access_url_file.empty()) {
    auto url = read_secret_text(place.client_access_url_file);
    if (!url) return url.error();
    return make_url_credential(std::move(*url));
  }
  if (Secret url(environment_variable("WEBPUBSUB_CLIENT_ACCESS_URL")); !url.empty()) {
    return make_url_credential(std::move(url));
  }
  auto service = open_service(session, place.place);
  if (!service) return service.error();
  auto credential = make_service_credential(std::move(*service),
                                            {.user_id = place.user, .roles = std::move(roles)});
  if (place.place.endpoint.empty()) return credential;
  return std::unique_ptr<Credential>(
      std::make_unique<ProxiedCredential>(std::move(credential), place.place.endpoint));
}

ClientOptions client_options(const ClientPlace& place) {
  ClientOptions options{.tls = {.ca_file = place.place.ca_file}, .proxy = place.place.proxy};
  options.codec = find_codec(place.subprotocol + ".webpubsub.azure.v1");
  return options;
}

void note(const std::string& words) { std::cerr << "webpubsub: " << for_terminal(words) << '\n'; }

}  // namespace webpubsub::command
