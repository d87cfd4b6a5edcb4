#include "tests/support/certificates.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace gateway::support {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

/// `issuer` nothing: signed by itself.
Certificate make_certificate(EVP_PKEY* key, const std::string& name, long serial, int days,
                             X509* issuer, EVP_PKEY* issuer_key) {
  constexpr long kDay = 86'400;
  constexpr long kVersion3 = 2;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  if (issuer == nullptr) {
    add_extension(certificate.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    add_extension(certificate.get(), signer, NID_subject_alt_name, name);
  }
  X509_sign(certificate.get(), issuer_key, EVP_sha256());
  return certificate;
}

struct Close {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

void write(const std::string& file, X509* certificate) {
  const std::unique_ptr<std::FILE, Close> out(std::fopen(file.c_str(), "w"));
  PEM_write_X509(out.get(), certificate);
}

void write(const std::string& file, EVP_PKEY* key) {
  const std::unique_ptr<std::FILE, Close> out(std::fopen(file.c_str(), "w"));
  PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace

struct TestAuthority::Keys {
  Key key;
  Certificate certificate;
};

TestAuthority::TestAuthority() : ca_file_(folder_.file("ca.pem")), keys_(std::make_unique<Keys>()) {
  keys_->key.reset(EVP_EC_gen("P-256"));
  keys_->certificate =
      make_certificate(keys_->key.get(), "CA of " + ca_file_, 1, 1, nullptr, keys_->key.get());
  write(ca_file_, keys_->certificate.get());
}

TestAuthority::~TestAuthority() = default;

TestAuthority::Pair TestAuthority::issue(const std::string& names, int days) {
  const Key key(EVP_EC_gen("P-256"));
  const auto number = std::to_string(++issued_);
  Pair pair{folder_.file("certificate" + number + ".pem"), folder_.file("key" + number + ".pem")};
  const auto certificate = make_certificate(key.get(), names, issued_ + 1, days,
                                            keys_->certificate.get(), keys_->key.get());
  write(pair.certificate_file, certificate.get());
  write(pair.key_file, key.get());
  return pair;
}

}  // namespace gateway::support
