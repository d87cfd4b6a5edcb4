// The machine's own identity, asked for in the way its platform offers.

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "webpubsub/entra/cached_token_source.h"
#include "webpubsub/entra/entra.h"
#include "webpubsub/entra/secret_file.h"
#include "webpubsub/entra/token_exchange.h"

namespace webpubsub {

namespace {

constexpr char kMetadataVersion[] = "2018-02-01";
constexpr char kAppServiceVersion[] = "2019-08-01";
constexpr char kArcVersion[] = "2020-06-01";
constexpr int kUnauthorized = 401;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
  return value == nullptr ? std::string() : value;
}

class ManagedIdentity : public TokenSource {
 public:
  ManagedIdentity(net::EventLoop& loop, ManagedIdentityOptions options)
      : options_(std::move(options)), exchange_(loop, "the managed identity endpoint") {}

 protected:
  net::HttpClientRequest question(const std::string& endpoint, const char* version) const {
    std::vector<std::pair<std::string, std::string>> fields = {{"api-version", version},
                                                               {"resource", kWebPubSubResource}};
    if (!options_.client_id.empty()) fields.emplace_back("client_id", options_.client_id);
    return {.method = "GET", .url = endpoint + "?" + form_of(fields), .timeout = options_.timeout};
  }
  const ManagedIdentityOptions& options() const noexcept { return options_; }
  TokenExchange& exchange() noexcept { return exchange_; }

 private:
  const ManagedIdentityOptions options_;
  TokenExchange exchange_;
};

class VirtualMachine final : public ManagedIdentity {
 public:
  using ManagedIdentity::ManagedIdentity;

  void access_token(Done done) override {
    auto request =
        question(options().metadata_endpoint + "/metadata/identity/oauth2/token", kMetadataVersion);
    request.headers.emplace_back("Metadata", "true");
    exchange().start(std::move(request), std::move(done));
  }
};

class AppService final : public ManagedIdentity {
 public:
  using ManagedIdentity::ManagedIdentity;

  void access_token(Done done) override {
    auto request = question(options().identity_endpoint, kAppServiceVersion);
    request.headers.emplace_back("X-IDENTITY-HEADER",
                                 std::string(options().identity_header.reveal()));
    exchange().start(std::move(request), std::move(done));
  }
};

/// Azure Arc first names a file that only its own users may read; what stands in it answers.
class ArcMachine final : public ManagedIdentity {
 public:
  using ManagedIdentity::ManagedIdentity;

  void access_token(Done done) override {
    exchange().start_raw(
        arc_question(), [this, done = std::move(done)](const Result<net::HttpResponse>& answer) {
          if (!answer) return done(answer.error());
          if (answer->status != kUnauthorized) {
            return done(error_of_token_answer(*answer, exchange().who()));
          }
          const auto key = read_key(*answer);
          if (!key) return done(key.error());
          auto request = arc_question();
          request.headers.emplace_back("Authorization", "Basic " + std::string(key->reveal()));
          // Replaces the call whose answer this is: on a later lap.
          exchange().loop().defer([this, alive = std::weak_ptr<char>(alive_), done,
                                   request = std::move(request)]() mutable {
            if (!alive.expired()) exchange().start(std::move(request), done);
          });
        });
  }

 private:
  net::HttpClientRequest arc_question() const {
    auto request = question(options().identity_endpoint, kArcVersion);
    request.headers.emplace_back("Metadata", "true");
    return request;
  }

  /// Only a .key file in the agent's own folder: the answer must not make us read another one.
  Result<Secret> read_key(const net::HttpResponse& answer) const {
    constexpr std::string_view kRealm = "Basic realm=";
    constexpr std::size_t kMaxKey = 4096;
    const auto header = net::find_header(answer.headers, "www-authenticate");
    const Error wrong{Errc::Protocol, "Azure Arc named no key file in " + options().arc_key_folder};
    if (!header || !header->starts_with(kRealm)) return wrong;
    const std::filesystem::path path(header->substr(kRealm.size()));
    if (path.lexically_normal() != path || path.parent_path() != options().arc_key_folder ||
        path.extension() != ".key") {
      return wrong;
    }
    auto key = read_secret_text(path.string());
    if (key && key->reveal().size() > kMaxKey) return wrong;
    return key;
  }

  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace

ManagedIdentityOptions ManagedIdentityOptions::from_environment() {
  ManagedIdentityOptions options;
  options.identity_endpoint = environment("IDENTITY_ENDPOINT");
  options.identity_header = Secret(environment("IDENTITY_HEADER"));
  return options;
}

std::unique_ptr<TokenSource> make_managed_identity_source(net::EventLoop& loop,
                                                          ManagedIdentityOptions options) {
  std::unique_ptr<TokenSource> source;
  if (options.identity_endpoint.empty()) {
    source = std::make_unique<VirtualMachine>(loop, std::move(options));
  } else if (!options.identity_header.empty()) {
    source = std::make_unique<AppService>(loop, std::move(options));
  } else {
    source = std::make_unique<ArcMachine>(loop, std::move(options));
  }
  return std::make_unique<CachedTokenSource>(std::move(source));
}

}  // namespace webpubsub
