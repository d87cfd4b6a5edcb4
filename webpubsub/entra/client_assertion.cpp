#include "webpubsub/entra/client_assertion.h"

#include <array>
#include <chrono>
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64.h"
#include "base/random.h"
#include "webpubsub/protocol/json_text.h"

namespace webpubsub {

namespace {

constexpr auto kLifetime = std::chrono::minutes(10);

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Error unusable(const std::string& file, const char* what) {
  return {Errc::InvalidArgument, file + " holds no " + what};
}

/// An encrypted key must not make OpenSSL ask the terminal for its password.
int no_password(char*, int, int, void*) { return 0; }

Result<std::string> thumbprint_of(const std::string& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"), &BIO_free_all);
  const Certificate certificate(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr) : nullptr, &X509_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) {
    return unusable(file, "certificate (PEM)");
  }
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), size});
}

Result<std::string> sign_ps256(std::string_view message, const std::string& key_file) {
  const Bio bio(BIO_new_file(key_file.c_str(), "r"), &BIO_free_all);
  const Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr) : nullptr,
                &EVP_PKEY_free);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return unusable(key_file, "unencrypted RSA key (PEM)");
  }
  const Digest context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* padding = nullptr;  // owned by the digest's context
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  const bool sized =
      context &&
      EVP_DigestSignInit(context.get(), &padding, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
      EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) == 1;
  std::string signature(size, '\0');
  if (!sized || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                               &size, bytes, message.size()) != 1) {
    return unusable(key_file, "key that can sign");
  }
  signature.resize(size);
  return signature;
}

std::string seconds_since_epoch(WallTime time) {
  return std::to_string(unix_milliseconds(time) / 1000);
}

}  // namespace

Result<Secret> sign_client_assertion(const ClientAssertion& assertion,
                                     const std::string& certificate_file,
                                     const std::string& key_file) {
  const auto thumbprint = thumbprint_of(certificate_file);
  if (!thumbprint) return thumbprint.error();
  const std::string header = R"({"alg":"PS256","typ":"JWT","x5t#S256":")" + *thumbprint + R"("})";
  std::string claims = R"({"aud":)";
  append_json_string(claims, assertion.audience);
  claims += R"(,"iss":)";
  append_json_string(claims, assertion.client_id);
  claims += R"(,"sub":)";
  append_json_string(claims, assertion.client_id);
  claims += R"(,"jti":")" + random_id() + R"(","nbf":)" + seconds_since_epoch(assertion.now);
  claims += R"(,"exp":)" + seconds_since_epoch(assertion.now + kLifetime) + "}";
  const std::string message = base64url_encode(header) + "." + base64url_encode(claims);
  const auto signature = sign_ps256(message, key_file);
  if (!signature) return signature.error();
  return Secret(message + "." + base64url_encode(*signature));
}

}  // namespace webpubsub
