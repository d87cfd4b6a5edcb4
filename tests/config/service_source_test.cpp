// The sources of client access URLs, and what is wrong with them.

#include <gmock/gmock.h>

#include "config/credential_files.h"
#include "config/difference.h"
#include "tests/config/config_fixture.h"
#include "tests/support/temp_folder.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view kNegotiate =
    "webpubsub:\n"
    "  subprotocol: protobuf\n"
    "  negotiate:\n"
    "    url: https://app.example/negotiate?key=hunter2\n"
    "    method: POST\n"
    "    headers: {X-Site: berlin, X-Key: hunter2}\n"
    "    authorization_file: token\n"
    "    body: '{\"device\":\"hunter2\"}'\n"
    "    ca_file: pem\n"
    "    certificate_file: pem\n"
    "    key_file: pem\n";

constexpr std::string_view kEntra =
    "webpubsub:\n"
    "  entra:\n"
    "    endpoint: https://a.example/\n"
    "    tenant_id: t\n"
    "    client_id: c\n"
    "    client_secret_file: token\n";

class ServiceSource : public testing::Test {
 protected:
  ServiceSource() {
    folder_.write("token", "Bearer hunter2\n");
    folder_.write("pem", "x");
  }
  Settings load(std::string_view yaml) {
    return settings_of_file(folder_.write("gateway.yaml", std::string(yaml)));
  }
  std::string path(const char* name) const { return (folder_.path() / name).string(); }

  support::TempFolder folder_;
};

TEST_F(ServiceSource, ANegotiateEndpoint) {
  const auto settings = load(kNegotiate);
  const auto& service = settings.webpubsub;
  EXPECT_FALSE(service.uses_embedded_hub());
  EXPECT_EQ(service.codec, &webpubsub::protobuf_codec());
  ASSERT_TRUE(service.negotiate);
  EXPECT_EQ(service.negotiate->url, "https://app.example/negotiate?key=hunter2");
  EXPECT_EQ(service.negotiate->method, "POST");
  EXPECT_EQ(service.negotiate->body, R"({"device":"hunter2"})");
  EXPECT_EQ(service.negotiate->headers.size(), 2U);
  EXPECT_EQ(service.negotiate_authorization.reveal(), "Bearer hunter2");
  EXPECT_EQ(service.negotiate->tls.certificate_file, path("pem"));
  EXPECT_THAT(credential_files(settings), UnorderedElementsAre(path("pem"), path("token")));
}

TEST_F(ServiceSource, HidesWhatMayBeSecret) {
  const auto text = describe(load(kNegotiate));
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_THAT(text, HasSubstr("authorization_file: " + path("token")));
  EXPECT_EQ(describe(settings_of(text)), text);
}

TEST_F(ServiceSource, TellsThatSomethingHiddenChanged) {
  const auto before = load(kNegotiate);
  auto after = before;
  after.webpubsub.negotiate_authorization = webpubsub::Secret("Bearer other");
  after.webpubsub.negotiate->headers[1].second = "other";
  Lines changes;
  for (const auto& change : difference(before, after)) changes.push_back(change.text());
  EXPECT_EQ(changes.size(), 2U);
  for (const auto& line : changes) EXPECT_THAT(line, HasSubstr("webpubsub.negotiate"));
}

TEST_F(ServiceSource, ReadsTheAuthorizationAgain) {
  const auto settings = load(kNegotiate);
  folder_.write("token", "Bearer rotated\n");
  const auto again = read_secrets_again(settings);
  ASSERT_TRUE(std::holds_alternative<Settings>(again));
  EXPECT_EQ(std::get<Settings>(again).webpubsub.negotiate_authorization.reveal(), "Bearer rotated");
}

TEST_F(ServiceSource, AnIdentityWithASecret) {
  const auto settings = load(kEntra);
  const auto& entra = settings.webpubsub.entra;
  EXPECT_FALSE(settings.webpubsub.uses_embedded_hub());
  ASSERT_TRUE(entra);
  EXPECT_EQ(entra->endpoint, "https://a.example");
  EXPECT_EQ(entra->authority, "https://login.microsoftonline.com");
  EXPECT_EQ(entra->tenant_id, "t");
  EXPECT_EQ(entra->client_id, "c");
  EXPECT_EQ(entra->client_secret_file, path("token"));
  EXPECT_EQ(describe(settings_of(describe(settings))), describe(settings));
}

TEST_F(ServiceSource, OtherIdentities) {
  const std::string start = "webpubsub: {entra: {endpoint: http://127.0.0.1:8080, ";
  EXPECT_TRUE(load(start + "managed_identity: true, metadata_endpoint: http://127.0.0.1:1}}")
                  .webpubsub.entra->managed_identity);
  EXPECT_EQ(
      load(start + "tenant_id: t, client_id: c, token_file: token}}").webpubsub.entra->token_file,
      path("token"));
  EXPECT_EQ(load(start + "tenant_id: t, client_id: c, certificate_file: pem, key_file: pem, "
                         "authority: http://localhost:1}}")
                .webpubsub.entra->certificate_file,
            path("pem"));
}

Lines problems_in(const std::string& members) {
  return problems_of("webpubsub:\n  " + members + "\n");
}

TEST(ServiceSourceProblems, AreTold) {
  EXPECT_THAT(problems_in("negotiate: {url: http://app.example/}"),
              ElementsAre(HasSubstr("2:20: webpubsub.negotiate.url: a URL such as")));
  EXPECT_THAT(problems_in("negotiate: {url: \"https://u:p@app.example/\"}"),
              ElementsAre(HasSubstr("webpubsub.negotiate.url: a URL such as")));
  EXPECT_THAT(problems_in("negotiate: {method: GET}"),
              ElementsAre(HasSubstr("webpubsub.negotiate.url: required")));
  EXPECT_THAT(problems_in("negotiate: {url: https://a.example/, body: x}"),
              ElementsAre(HasSubstr("webpubsub.negotiate.body: only a POST has one")));
  EXPECT_THAT(problems_in("negotiate: {url: https://a.example/, headers: {Authorization: x}}"),
              ElementsAre(HasSubstr("this one goes into negotiate.authorization_file")));
  EXPECT_THAT(problems_in("negotiate: {url: https://a.example/, headers: {\"a b\": x}}"),
              ElementsAre(HasSubstr("a header's name has letters")));
  EXPECT_THAT(problems_in("entra: {endpoint: https://a.example/x, managed_identity: true}"),
              ElementsAre(HasSubstr("webpubsub.entra.endpoint: a URL such as")));
  EXPECT_THAT(problems_in("entra: {endpoint: https://a.example}"),
              ElementsAre(HasSubstr("webpubsub.entra: one of client_secret_file")));
}

TEST_F(ServiceSource, OneProofOfAnIdentityWithItsNames) {
  const auto problems_in = [this](const std::string& members) {
    return problems_of_file(folder_.write(
        "gateway.yaml", "webpubsub: {entra: {endpoint: https://a.example, " + members + "}}\n"));
  };
  EXPECT_THAT(problems_in("managed_identity: true, token_file: token"),
              ElementsAre(HasSubstr("token_file and managed_identity are given")));
  EXPECT_THAT(problems_in("token_file: token"),
              ElementsAre(HasSubstr("tenant_id is needed"), HasSubstr("client_id is needed")));
  EXPECT_THAT(problems_in("tenant_id: t, client_id: c, certificate_file: pem"),
              ElementsAre(HasSubstr("key_file is required with it")));
}

TEST(ServiceSourceProblems, OneSourceIsEnough) {
  EXPECT_THAT(problems_in("connection_string: Endpoint=https://a.example;AccessKey=k\n"
                          "  negotiate: {url: https://a.example/}"),
              ElementsAre(HasSubstr("webpubsub.negotiate: the connection string is given too")));
  EXPECT_THAT(problems_in("client_access_url: wss://a.example/c?access_token=t\n"
                          "  entra: {endpoint: https://a.example, managed_identity: true}"),
              ElementsAre(HasSubstr("webpubsub.entra: the client access URL is given too")));
  EXPECT_THAT(problems_in("negotiate: {url: https://a.example/}\n"
                          "  entra: {endpoint: https://a.example, managed_identity: true}"),
              ElementsAre(HasSubstr("webpubsub.entra: negotiate is given too")));
}

}  // namespace
}  // namespace gateway::config
