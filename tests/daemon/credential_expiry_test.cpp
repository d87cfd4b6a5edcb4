#include "daemon/credential_expiry.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;

std::string url_with(const std::string& claims) {
  return "wss://example.org/client/hubs/h?access_token=" + webpubsub::base64url_encode("{}") + "." +
         webpubsub::base64url_encode(claims) + ".c2ln&x=1";
}

TEST(TokenExpiry, IsTheOneTheTokenClaims) {
  EXPECT_EQ(token_expiry(url_with(R"({"aud":"a","exp":1764000000})")),
            webpubsub::WallTime(1764000000s));
  EXPECT_EQ(token_expiry(url_with(R"({"exp":1764000000.9})")), webpubsub::WallTime(1764000000s));
}

TEST(TokenExpiry, IsUnknownForWhatIsNoToken) {
  for (const auto* claims :
       {"{}", R"({"exp":"soon"})", R"({"exp":-1})", R"({"exp":1e300})", "[1]", "not json", ""}) {
    EXPECT_EQ(token_expiry(url_with(claims)), std::nullopt) << claims;
  }
  EXPECT_EQ(token_expiry("wss://example.org/client/hubs/h"), std::nullopt);
  EXPECT_EQ(token_expiry("wss://example.org/?access_token=one"), std::nullopt);
  EXPECT_EQ(token_expiry("wss://example.org/?access_token=a.%%%.c"), std::nullopt);
}

TEST(CertificateExpiry, IsTheEndOfTheCertificate) {
  support::TestAuthority authority;
  const auto pair = authority.issue("DNS:localhost");
  const auto expiry = certificate_expiry(pair.certificate_file);
  ASSERT_TRUE(expiry);
  EXPECT_GT(*expiry, webpubsub::wall_now());
  EXPECT_LT(*expiry, webpubsub::wall_now() + 48h);
}

TEST(CertificateExpiry, IsUnknownWithoutACertificate) {
  const support::TempFolder folder;
  std::ofstream(folder.file("text.pem")) << "no certificate\n";
  EXPECT_EQ(certificate_expiry(folder.file("text.pem")), std::nullopt);
  EXPECT_EQ(certificate_expiry(folder.file("missing.pem")), std::nullopt);
  EXPECT_EQ(certificate_expiry(""), std::nullopt);
}

TEST(CredentialExpiries, TellEachLinksFirst) {
  support::TestAuthority authority;
  Settings settings;
  const auto embedded = read_credential_expiries(settings);
  ASSERT_EQ(embedded.size(), 3U);
  for (const auto& each : embedded) EXPECT_EQ(each.expires, std::nullopt) << each.link;

  settings.mqtt.tls.certificate_file = authority.issue("DNS:gateway").certificate_file;
  settings.webpubsub.client_access_url = webpubsub::Secret(url_with(R"({"exp":1000})"));
  settings.webpubsub.tls.certificate_file = settings.mqtt.tls.certificate_file;
  const auto told = read_credential_expiries(settings);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].link, "mqtt");
  EXPECT_GT(told[0].expires, webpubsub::wall_now());
  EXPECT_EQ(told[1].link, "cloud");
  EXPECT_EQ(told[1].expires, webpubsub::WallTime(1000s)) << "the token ends before the certificate";
}

}  // namespace
}  // namespace gateway
