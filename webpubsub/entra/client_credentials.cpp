// The OAuth 2.0 client credentials flow: who we are differs, the question is the same.

#include <utility>

#include "webpubsub/entra/cached_token_source.h"
#include "webpubsub/entra/client_assertion.h"
#include "webpubsub/entra/entra.h"
#include "webpubsub/entra/secret_file.h"
#include "webpubsub/entra/token_exchange.h"

namespace webpubsub {

namespace {

constexpr char kAssertionType[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

using Fields = std::vector<std::pair<std::string, std::string>>;

class ClientCredentials : public TokenSource {
 public:
  ClientCredentials(net::EventLoop& loop, EntraApplication application, EntraConnection connection)
      : application_(std::move(application)),
        connection_(std::move(connection)),
        exchange_(loop, "Microsoft Entra ID") {
    while (connection_.authority.ends_with('/')) connection_.authority.pop_back();
  }

  void access_token(Done done) final {
    Result<Fields> proof = proof_of_identity();
    if (!proof) return done(proof.error());
    Fields fields = {{"client_id", application_.client_id},
                     {"grant_type", "client_credentials"},
                     {"scope", std::string(kWebPubSubResource) + "/.default"}};
    fields.insert(fields.end(), proof->begin(), proof->end());
    net::HttpClientRequest request{.method = "POST",
                                   .url = token_endpoint(),
                                   .body = form_of(fields),
                                   .tls = connection_.tls,
                                   .proxy = connection_.proxy,
                                   .timeout = connection_.timeout};
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    exchange_.start(std::move(request), std::move(done));
  }

 protected:
  virtual Result<Fields> proof_of_identity() = 0;
  std::string token_endpoint() const {
    return connection_.authority + "/" + net::percent_encode(application_.tenant_id) +
           "/oauth2/v2.0/token";
  }
  const std::string& client_id() const noexcept { return application_.client_id; }

 private:
  const EntraApplication application_;
  EntraConnection connection_;
  TokenExchange exchange_;
};

class WithSecret final : public ClientCredentials {
 public:
  WithSecret(net::EventLoop& loop, EntraApplication application, std::string file,
             EntraConnection connection)
      : ClientCredentials(loop, std::move(application), std::move(connection)),
        file_(std::move(file)) {}

 private:
  Result<Fields> proof_of_identity() override {
    const auto secret = read_secret_text(file_);
    if (!secret) return secret.error();
    return Fields{{"client_secret", std::string(secret->reveal())}};
  }
  const std::string file_;
};

class WithSecretText final : public ClientCredentials {
 public:
  WithSecretText(net::EventLoop& loop, EntraApplication application, Secret secret,
                 EntraConnection connection)
      : ClientCredentials(loop, std::move(application), std::move(connection)),
        secret_(std::move(secret)) {}

 private:
  Result<Fields> proof_of_identity() override {
    return Fields{{"client_secret", std::string(secret_.reveal())}};
  }
  const Secret secret_;
};

class WithCertificate final : public ClientCredentials {
 public:
  WithCertificate(net::EventLoop& loop, EntraApplication application, std::string certificate_file,
                  const std::string& key_file, EntraConnection connection)
      : ClientCredentials(loop, std::move(application), std::move(connection)),
        certificate_file_(std::move(certificate_file)),
        key_file_(key_file.empty() ? certificate_file_ : key_file) {}

 private:
  Result<Fields> proof_of_identity() override {
    const auto assertion = sign_client_assertion({token_endpoint(), client_id(), wall_now()},
                                                 certificate_file_, key_file_);
    if (!assertion) return assertion.error();
    return Fields{{"client_assertion_type", kAssertionType},
                  {"client_assertion", std::string(assertion->reveal())}};
  }
  const std::string certificate_file_;
  const std::string key_file_;
};

class WithPlatformToken final : public ClientCredentials {
 public:
  WithPlatformToken(net::EventLoop& loop, EntraApplication application, std::string file,
                    EntraConnection connection)
      : ClientCredentials(loop, std::move(application), std::move(connection)),
        file_(std::move(file)) {}

 private:
  Result<Fields> proof_of_identity() override {
    const auto token = read_secret_text(file_);
    if (!token) return token.error();
    return Fields{{"client_assertion_type", kAssertionType},
                  {"client_assertion", std::string(token->reveal())}};
  }
  const std::string file_;
};

}  // namespace

std::unique_ptr<TokenSource> make_client_secret_source(net::EventLoop& loop,
                                                       EntraApplication application,
                                                       std::string secret_file,
                                                       EntraConnection connection) {
  return std::make_unique<CachedTokenSource>(std::make_unique<WithSecret>(
      loop, std::move(application), std::move(secret_file), std::move(connection)));
}

std::unique_ptr<TokenSource> make_client_secret_source(net::EventLoop& loop,
                                                       EntraApplication application, Secret secret,
                                                       EntraConnection connection) {
  return std::make_unique<CachedTokenSource>(std::make_unique<WithSecretText>(
      loop, std::move(application), std::move(secret), std::move(connection)));
}

std::unique_ptr<TokenSource> make_client_certificate_source(net::EventLoop& loop,
                                                            EntraApplication application,
                                                            std::string certificate_file,
                                                            const std::string& key_file,
                                                            EntraConnection connection) {
  return std::make_unique<CachedTokenSource>(std::make_unique<WithCertificate>(
      loop, std::move(application), std::move(certificate_file), key_file, std::move(connection)));
}

std::unique_ptr<TokenSource> make_workload_identity_source(net::EventLoop& loop,
                                                           EntraApplication application,
                                                           std::string token_file,
                                                           EntraConnection connection) {
  return std::make_unique<CachedTokenSource>(std::make_unique<WithPlatformToken>(
      loop, std::move(application), std::move(token_file), std::move(connection)));
}

}  // namespace webpubsub
