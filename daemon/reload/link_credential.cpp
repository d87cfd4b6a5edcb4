#include "daemon/reload/link_credential.h"

#include <algorithm>
#include <utility>

#include "daemon/roles.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/auth/roles.h"
#include "webpubsub/entra/entra.h"
#include "webpubsub/service/service_client.h"
#include "webpubsub/service/service_credential.h"

namespace gateway {

namespace {

std::vector<std::string> roles_of(const Settings& settings) {
  return settings.webpubsub.roles.value_or(needed_roles(settings));
}

/// Whether one of `granted` is `role`, or allows the same for any group.
bool grants(const std::vector<std::string>& granted, const std::string& role) {
  return std::any_of(granted.begin(), granted.end(), [&](const std::string& each) {
    const bool any = each == webpubsub::kSendToAny || each == webpubsub::kJoinLeaveAny;
    return each == role || (any && role.starts_with(each + "."));
  });
}

/// For settings that got past the configuration's checks and still lead nowhere.
class NoCredential final : public webpubsub::Credential {
 public:
  explicit NoCredential(webpubsub::Error why) : why_(std::move(why)) {}
  void client_access_url(Done done) override { done(why_); }

 private:
  webpubsub::Error why_;
};

std::unique_ptr<webpubsub::TokenSource> make_token_source(webpubsub::net::EventLoop& loop,
                                                          const ServiceSettings& service) {
  const EntraSettings& entra = *service.entra;
  if (entra.managed_identity) {
    auto options = webpubsub::ManagedIdentityOptions::from_environment();
    options.client_id = entra.client_id;
    if (!entra.metadata_endpoint.empty()) options.metadata_endpoint = entra.metadata_endpoint;
    return webpubsub::make_managed_identity_source(loop, std::move(options));
  }
  const webpubsub::EntraApplication application{entra.tenant_id, entra.client_id};
  const webpubsub::EntraConnection connection{
      .authority = entra.authority, .tls = service.tls, .proxy = service.proxy};
  if (!entra.certificate_file.empty()) {
    return webpubsub::make_client_certificate_source(loop, application, entra.certificate_file,
                                                     entra.key_file, connection);
  }
  if (!entra.token_file.empty()) {
    return webpubsub::make_workload_identity_source(loop, application, entra.token_file,
                                                    connection);
  }
  return webpubsub::make_client_secret_source(loop, application, entra.client_secret_file,
                                              connection);
}

}  // namespace

void LinkCredential::use(const Settings& settings, const webpubsub::hub::Hub* hub) {
  const auto& service = settings.webpubsub;
  knows_roles_ = !service.client_access_url && !service.negotiate;
  if (!service.entra) {
    entra_.reset();
    tokens_.reset();
  }
  if (service.negotiate) return use_negotiate(service);
  if (service.client_access_url) {
    current_ = webpubsub::make_url_credential(*service.client_access_url);
    return;
  }
  roles_ = roles_of(settings);
  if (service.entra) return use_entra(service);
  auto source = service.connection_string;
  // Ours, so it parses: the hub made it.
  if (hub != nullptr) {
    source = *webpubsub::parse_connection_string(hub->connection_string().reveal());
  }
  current_ = webpubsub::make_key_credential(
      *source, {.hub = service.hub, .user_id = service.user_id, .roles = roles_});
}

void LinkCredential::use_negotiate(const ServiceSettings& service) {
  webpubsub::NegotiateOptions options = *service.negotiate;
  if (!service.negotiate_authorization.empty()) {
    options.headers.push_back(
        {"Authorization", std::string(service.negotiate_authorization.reveal())});
  }
  options.proxy = service.proxy;
  current_ = webpubsub::make_negotiate_credential(loop_, std::move(options));
}

void LinkCredential::use_entra(const ServiceSettings& service) {
  const std::string way = service.proxy + "\n" + service.tls.ca_file;
  if (entra_ != service.entra || entra_way_ != way) {
    entra_ = service.entra;
    entra_way_ = way;
    tokens_ = make_token_source(loop_, service);
  }
  webpubsub::ServiceClientOptions options;
  options.connection_string.endpoint = entra_->endpoint;
  options.token_source = tokens_;
  options.hub = service.hub;
  options.tls = service.tls;
  options.proxy = service.proxy;
  auto client = webpubsub::ServiceClient::create(loop_, std::move(options));
  if (!client) {
    current_ = std::make_shared<NoCredential>(client.error());
    return;
  }
  current_ = webpubsub::make_service_credential(std::move(*client),
                                                {.user_id = service.user_id, .roles = roles_});
}

void LinkCredential::client_access_url(Done done) {
  issued_roles_ = roles_;
  // Held until it has answered: it may have been exchanged by then.
  current_->client_access_url(
      [held = current_, done = std::move(done)](webpubsub::Result<webpubsub::Secret> url) {
        done(std::move(url));
      });
}

bool LinkCredential::covers(const Settings& settings) const {
  if (!knows_roles_) return true;
  const auto roles = roles_of(settings);
  return std::all_of(roles.begin(), roles.end(),
                     [&](const std::string& role) { return grants(issued_roles_, role); });
}

}  // namespace gateway
