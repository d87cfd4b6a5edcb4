#include "certificates.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace webpubsub::net::testing {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

constexpr long kSecondsPerDay = 86'400;

Certificate make_certificate(const std::string& name, EVP_PKEY* key, int days) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kSecondsPerDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kSecondsPerDay);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

File open_file(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

}  // namespace

struct Authority::Keys {
  Key key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  Certificate certificate{make_certificate("test authority", key.get(), 1)};
};

Authority::Authority() {
  std::string name = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  ca_ = std::make_unique<Keys>();
  X509* certificate = ca_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate, ca_->key.get(), EVP_sha256());
  PEM_write_X509(open_file(ca_file()).get(), certificate);
}

Authority::~Authority() { std::filesystem::remove_all(folder_); }

void Authority::issue(const std::string& name, const std::string& names, int days) const {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate = make_certificate(name, key.get(), days);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca_->certificate.get()));
  add_extension(certificate.get(), ca_->certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), ca_->key.get(), EVP_sha256());
  PEM_write_X509(open_file(file(name + ".pem")).get(), certificate.get());
  PEM_write_PrivateKey(open_file(file(name + ".key")).get(), key.get(), nullptr, nullptr, 0,
                       nullptr, nullptr);
}

}  // namespace webpubsub::net::testing
