// A service client whose tokens come from elsewhere.

#include "recording_service.h"
#include "webpubsub/service/service_credential.h"

namespace webpubsub::testing {
namespace {

class FixedTokens final : public TokenSource {
 public:
  void access_token(Done done) override {
    ++asked;
    if (silent) return;
    done(answer);
  }
  int asked = 0;
  bool silent = false;
  Result<AccessToken> answer = AccessToken{Secret("from-entra"), WallTime::max()};
};

class ServiceTokenSource : public ServiceTest {
 protected:
  ServiceClientOptions with_source() {
    ServiceClientOptions options = this->options();
    options.connection_string.access_key = {};
    options.token_source = tokens_;
    return options;
  }
  std::shared_ptr<FixedTokens> tokens_ = std::make_shared<FixedTokens>();
};

TEST_F(ServiceTokenSource, IsAskedForEveryAttempt) {
  const auto client = make_client(with_source());
  service_.answers = {{.status = 503}};
  ASSERT_TRUE(run<void>([&](auto done) { client->close_all({}, done); }));
  ASSERT_EQ(service_.requests.size(), 2U);
  for (const auto& request : service_.requests) {
    EXPECT_EQ(net::find_header(request.headers, "authorization"), "Bearer from-entra");
  }
  EXPECT_EQ(tokens_->asked, 2);
}

TEST_F(ServiceTokenSource, LetsTheServiceMakeClientTokens) {
  const std::shared_ptr<ServiceClient> client = make_client(with_source());
  service_.answers = {{.body = R"({"token":"abc"})"}};
  const auto credential = make_service_credential(
      client, {.user_id = "edge 1", .roles = {"r1", "r2"}, .groups = {"g"}});
  const auto url = run<Secret>([&](auto done) { credential->client_access_url(done); });
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->reveal(),
            "ws" + service_.endpoint().substr(4) + "/client/hubs/test?access_token=abc");
  EXPECT_EQ(service_.requests[0].method, "POST");
  EXPECT_EQ(service_.requests[0].path, "/api/hubs/test/:generateToken");
  EXPECT_EQ(service_.requests[0].query,
            "userId=edge%201&role=r1&role=r2&group=g&minutesToExpire=60&api-version=2024-12-01");
}

TEST_F(ServiceTokenSource, AnAnswerWithoutATokenIsAnError) {
  const auto client = make_client(with_source());
  for (const char* body : {"", "[]", R"({"token":5})"}) {
    service_.answers.push_back({.body = body});
    const auto access = run<ClientAccess>([&](auto done) { client->client_access({}, done); });
    ASSERT_FALSE(access) << body;
    EXPECT_EQ(access.error().code, Errc::Protocol);
  }
}

TEST_F(ServiceTokenSource, ItsErrorsAreTheOperations) {
  const auto client = make_client(with_source());
  tokens_->answer = Error{Errc::Unauthorized, "no such application"};
  const auto outcome = run<void>([&](auto done) { client->close_all({}, done); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "no such application");
  EXPECT_TRUE(service_.requests.empty());
}

TEST_F(ServiceTokenSource, MayAnswerAfterTheClientIsGone) {
  auto client = make_client(with_source());
  client->close_all({}, [](const Result<void>&) { FAIL() << "nobody is there"; });
  client.reset();
  loop_->run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(tokens_->asked, 0);
}

TEST_F(ServiceTokenSource, ItsTokensGoOverHttpsOnly) {
  ServiceClientOptions plain = with_source();
  plain.connection_string.endpoint = "http://name.webpubsub.azure.com";
  const auto client = ServiceClient::create(*loop_, std::move(plain));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message, "tokens of a token source go over https only");
}

}  // namespace
}  // namespace webpubsub::testing
