#include "webpubsub/auth/credential.h"

#include <utility>

#include "base/clock.h"
#include "net/http.h"
#include "webpubsub/auth/access_token.h"
#include "webpubsub/protocol/names.h"

namespace webpubsub {
namespace {

class UrlCredential final : public Credential {
 public:
  explicit UrlCredential(Secret url) : url_(std::move(url)) {}

  void client_access_url(Done done) override {
    const std::string_view url = url_.reveal();
    if (!url.starts_with("wss://") && !url.starts_with("ws://")) {
      done(
          Error{Errc::InvalidArgument, "the client access URL must begin with wss:// or ws://", 0});
      return;
    }
    done(url_);
  }

 private:
  Secret url_;
};

class KeyCredential final : public Credential {
 public:
  KeyCredential(ConnectionString connection_string, KeyCredentialOptions options)
      : connection_string_(std::move(connection_string)), options_(std::move(options)) {}

  void client_access_url(Done done) override {
    if (!is_valid_hub_name(options_.hub)) {
      done(Error{Errc::InvalidArgument,
                 "hub \"" + options_.hub +
                     "\" is not a hub name: a letter, then letters, digits and _`,.[]",
                 0});
      return;
    }
    TokenClaims claims;
    claims.audience = client_audience(connection_string_.endpoint, options_.hub);
    claims.user_id = options_.user_id;
    claims.roles = options_.roles;
    claims.groups = options_.groups;
    claims.issued = wall_now();
    claims.expires = claims.issued + options_.lifetime;
    // http becomes ws, https becomes wss; the audience keeps the endpoint's own scheme.
    std::string url = "ws" + claims.audience.substr(std::string_view("http").size());
    url += "?access_token=" + sign_token(claims, connection_string_.access_key);
    done(Secret(std::move(url)));
  }

 private:
  ConnectionString connection_string_;
  KeyCredentialOptions options_;
};

}  // namespace

std::unique_ptr<Credential> make_url_credential(Secret client_access_url) {
  return std::make_unique<UrlCredential>(std::move(client_access_url));
}

std::unique_ptr<Credential> make_key_credential(ConnectionString connection_string,
                                                KeyCredentialOptions options) {
  return std::make_unique<KeyCredential>(std::move(connection_string), std::move(options));
}

}  // namespace webpubsub
