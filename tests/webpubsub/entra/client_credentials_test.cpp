// What an application says to Entra to get a token, to the byte.

#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64.h"
#include "entra_fixture.h"

namespace webpubsub::testing {
namespace {

constexpr char kScope[] = "scope=https%3A%2F%2Fwebpubsub.azure.com%2F.default";
constexpr char kAssertion[] =
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    "&client_assertion=";

class ClientCredentialsTest : public EntraTest {};

TEST_F(ClientCredentialsTest, ASecretIsSentAsTheFormSays) {
  const std::string file = folder_.write("secret", "s3cr&t\n");
  const auto source = make_client_secret_source(*loop_, application_, file, connection());
  answer_with_token();
  const auto token = ask(*source);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->token.reveal(), "an-entra-token");
  ASSERT_EQ(service_.requests.size(), 1U);
  EXPECT_EQ(service_.requests[0].method, "POST");
  EXPECT_EQ(service_.requests[0].path, "/contoso/oauth2/v2.0/token");
  EXPECT_EQ(header(0, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(service_.requests[0].body, "client_id=app-1&grant_type=client_credentials&" +
                                           std::string(kScope) + "&client_secret=s3cr%26t");
  ASSERT_TRUE(ask(*source));
  EXPECT_EQ(service_.requests.size(), 1U) << "the token is kept";
}

TEST_F(ClientCredentialsTest, ASecretNeedNotStandInAFile) {
  const auto source =
      make_client_secret_source(*loop_, application_, Secret("s3cr&t"), connection());
  answer_with_token();
  ASSERT_TRUE(ask(*source));
  ASSERT_EQ(service_.requests.size(), 1U);
  EXPECT_TRUE(service_.requests[0].body.ends_with("&client_secret=s3cr%26t"));
}

TEST_F(ClientCredentialsTest, ARotatedSecretIsReadAnew) {
  const std::string file = folder_.write("secret", "old");
  const auto source = make_client_secret_source(*loop_, application_, file, connection());
  service_.answers.push_back(
      {.status = 401, .body = R"({"error":"invalid_client","error_description":"expired"})"});
  const auto refused = ask(*source);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::Unauthorized);
  EXPECT_EQ(refused.error().message,
            "Microsoft Entra ID refused a token with status 401: invalid_client: expired");
  folder_.write("secret", "new");
  answer_with_token();
  ASSERT_TRUE(ask(*source));
  EXPECT_TRUE(service_.requests[1].body.ends_with("&client_secret=new"));
}

TEST_F(ClientCredentialsTest, FilesThatCannotBeUsedAreNamed) {
  const auto error_with = [&](const std::string& file) {
    const auto source = make_client_secret_source(*loop_, application_, file, connection());
    const auto token = ask(*source);
    return token ? "no error" : token.error().message;
  };
  EXPECT_EQ(error_with(folder_.file("none")), folder_.file("none") + " is empty or cannot be read");
  EXPECT_EQ(error_with(folder_.write("empty", " \n")),
            folder_.file("empty") + " is empty or cannot be read");
  EXPECT_EQ(error_with(folder_.write("large", std::string(64 * 1024 + 1, 'x'))),
            folder_.file("large") + " is larger than 64 KiB");
  EXPECT_TRUE(service_.requests.empty());
}

TEST_F(ClientCredentialsTest, APlatformTokenIsTheAssertion) {
  const std::string file = folder_.write("token", "platform.jwt\n");
  const auto source = make_workload_identity_source(*loop_, application_, file, connection());
  answer_with_token();
  ASSERT_TRUE(ask(*source));
  EXPECT_EQ(service_.requests[0].body, "client_id=app-1&grant_type=client_credentials&" +
                                           std::string(kScope) + kAssertion + "platform.jwt");
}

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};

  Identity() {
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }
  /// Certificate and key in one file.
  std::string write(const gateway::support::TempFolder& folder) const {
    std::string path = folder.file("identity.pem");
    FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    return path;
  }
  std::string thumbprint() const {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate.get(), EVP_sha256(), digest, &size);
    return base64url_encode({reinterpret_cast<const char*>(digest), size});
  }
  bool has_signed(std::string_view message, const std::string& signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    EVP_PKEY_CTX* padding = nullptr;
    EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, key.get());
    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(message.data()),
                            message.size()) == 1;
  }
};

TEST_F(ClientCredentialsTest, ACertificateSignsTheAssertion) {
  const Identity identity;
  const auto source = make_client_certificate_source(*loop_, application_, identity.write(folder_),
                                                     "", connection());
  answer_with_token();
  const auto token = ask(*source);
  ASSERT_TRUE(token) << token.error().message;
  const std::string& body = service_.requests[0].body;
  const std::string before =
      "client_id=app-1&grant_type=client_credentials&" + std::string(kScope) + kAssertion;
  ASSERT_TRUE(body.starts_with(before)) << body;
  const std::string assertion = body.substr(before.size());
  const std::size_t first = assertion.find('.');
  const std::size_t second = assertion.find('.', first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(base64url_decode(assertion.substr(0, first)),
            R"({"alg":"PS256","typ":"JWT","x5t#S256":")" + identity.thumbprint() + R"("})");
  const auto claims = base64url_decode(assertion.substr(first + 1, second - first - 1));
  ASSERT_TRUE(claims);
  EXPECT_TRUE(
      claims->starts_with(R"({"aud":")" + service_.endpoint() +
                          R"(/contoso/oauth2/v2.0/token","iss":"app-1","sub":"app-1","jti":")"))
      << *claims;
  EXPECT_TRUE(identity.has_signed(assertion.substr(0, second),
                                  base64url_decode(assertion.substr(second + 1)).value_or("")));
}

TEST_F(ClientCredentialsTest, CertificatesThatCannotBeUsedAreNamed) {
  const Identity identity;
  const std::string good = identity.write(folder_);
  const std::string bad = folder_.write("bad.pem", "-----BEGIN NOTHING-----\n");
  const auto error_with = [&](const std::string& certificate, const std::string& key) {
    const auto source =
        make_client_certificate_source(*loop_, application_, certificate, key, connection());
    const auto token = ask(*source);
    return token ? "no error" : token.error().message;
  };
  EXPECT_EQ(error_with(bad, good), bad + " holds no certificate (PEM)");
  EXPECT_EQ(error_with(good, bad), bad + " holds no unencrypted RSA key (PEM)");
  EXPECT_EQ(error_with(folder_.file("none"), ""),
            folder_.file("none") + " holds no certificate (PEM)");
  EXPECT_TRUE(service_.requests.empty());
}

}  // namespace
}  // namespace webpubsub::testing
