// A client access URL from an application's endpoint.

#include "webpubsub/auth/negotiate_credential.h"

#include "recording_service.h"
#include "tests/support/mutual_tls_server.h"

namespace webpubsub::testing {
namespace {

class NegotiateCredentialTest : public ServiceTest {
 protected:
  NegotiateOptions at(const std::string& path) const { return {.url = service_.endpoint() + path}; }
  Result<Secret> ask(const NegotiateOptions& options) {
    const auto credential = make_negotiate_credential(*loop_, options);
    return run<Secret>([&](auto done) { credential->client_access_url(done); });
  }
};

TEST_F(NegotiateCredentialTest, AsksAsItWasTold) {
  NegotiateOptions options = at("/negotiate?id=edge-01");
  options.headers = {{"Authorization", "Bearer device-token"}, {"X-Site", "berlin"}};
  service_.answers.push_back({.body = R"({"url":"wss://host/client/hubs/h?access_token=t"})"});
  const auto url = ask(options);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->reveal(), "wss://host/client/hubs/h?access_token=t");
  EXPECT_EQ(service_.requests[0].method, "GET");
  EXPECT_EQ(service_.requests[0].path, "/negotiate");
  EXPECT_EQ(service_.requests[0].query, "id=edge-01");
  EXPECT_EQ(net::find_header(service_.requests[0].headers, "authorization"), "Bearer device-token");
  EXPECT_EQ(net::find_header(service_.requests[0].headers, "x-site"), "berlin");

  options.method = "POST";
  options.body = R"({"user":"edge-01"})";
  service_.answers.push_back({.body = "wss://host/client/hubs/h?access_token=t\n"});
  ASSERT_TRUE(ask(options));
  EXPECT_EQ(service_.requests[1].method, "POST");
  EXPECT_EQ(service_.requests[1].body, options.body);
  EXPECT_EQ(net::find_header(service_.requests[1].headers, "content-type"), "application/json");
}

TEST_F(NegotiateCredentialTest, ShowsItsCertificateWhereOneIsAskedFor) {
  gateway::support::TestAuthority authority;
  const gateway::support::MutualTlsServer server(
      authority, R"({"url":"wss://host/client/hubs/h?access_token=t"})");
  NegotiateOptions options{.url = server.url(), .tls = {.ca_file = authority.ca_file()}};
  const auto without = ask(options);
  ASSERT_FALSE(without);
  EXPECT_THAT(server.subjects(), ::testing::IsEmpty());

  const auto own = authority.issue("DNS:edge-01");
  options.tls.certificate_file = own.certificate_file;
  options.tls.key_file = own.key_file;
  const auto url = ask(options);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->reveal(), "wss://host/client/hubs/h?access_token=t");
  EXPECT_THAT(server.subjects(), ::testing::ElementsAre("DNS:edge-01"));
}

TEST_F(NegotiateCredentialTest, TellsRefusalsFromFailures) {
  struct Row {
    int status;
    Errc code;
  };
  for (const Row& row : {Row{401, Errc::Unauthorized}, Row{404, Errc::Unauthorized},
                         Row{500, Errc::Unavailable}, Row{302, Errc::Protocol}}) {
    service_.answers.push_back({.status = row.status, .body = "wss://host/"});
    const auto url = ask(at("/"));
    ASSERT_FALSE(url) << row.status;
    EXPECT_EQ(url.error().code, row.code) << row.status;
    EXPECT_EQ(url.error().service_code, row.status);
  }
  service_.stop();
  const auto url = ask({.url = "http://127.0.0.1:1/"});
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, Errc::Unavailable);
}

TEST_F(NegotiateCredentialTest, AnAnswerWithoutAUrlIsAnError) {
  for (const char* body :
       {"", "hello", "{}", R"({"url":5})", R"({"url":"https://host/"})", R"(["wss://host/"])"}) {
    service_.answers.push_back({.body = body});
    const auto url = ask(at("/"));
    ASSERT_FALSE(url) << body;
    EXPECT_EQ(url.error().code, Errc::Protocol);
  }
}

}  // namespace
}  // namespace webpubsub::testing
