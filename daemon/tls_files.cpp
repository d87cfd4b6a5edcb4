#include "daemon/tls_files.h"

#include <memory>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace gateway {

namespace {

using Problems = std::vector<config::Problem>;
using Context = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

std::string reason() {
  const auto code = ERR_peek_last_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return text == nullptr ? "" : std::string(": ") + text;
}

Context make_context() {
  ERR_clear_error();
  return {SSL_CTX_new(TLS_method()), &SSL_CTX_free};
}

void check_ca(const std::string& file, Problems& problems) {
  if (file.empty()) return;
  const auto context = make_context();
  if (SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1) return;
  problems.push_back({.file = file, .message = "holds no certificate to trust" + reason()});
}

void check_pair(const std::string& certificate, const std::string& key, Problems& problems) {
  if (certificate.empty()) return;
  const auto context = make_context();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    problems.push_back({.file = certificate, .message = "holds no certificate" + reason()});
    return;
  }
  // Answers for a key of another certificate, too.
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    problems.push_back({.file = key, .message = "is not the key of " + certificate + reason()});
  }
}

}  // namespace

Problems check_tls_files(const Settings& settings) {
  Problems problems;
  check_ca(settings.mqtt.tls.ca_file, problems);
  check_pair(settings.mqtt.tls.certificate_file, settings.mqtt.tls.key_file, problems);
  const auto& service = settings.webpubsub.tls;
  check_ca(service.ca_file, problems);
  check_pair(service.certificate_file, service.key_file, problems);
  check_pair(settings.hub.tls.certificate_file, settings.hub.tls.key_file, problems);
  if (const auto& negotiate = settings.webpubsub.negotiate) {
    check_ca(negotiate->tls.ca_file, problems);
    check_pair(negotiate->tls.certificate_file, negotiate->tls.key_file, problems);
  }
  if (const auto& entra = settings.webpubsub.entra) {
    check_pair(entra->certificate_file, entra->key_file, problems);
  }
  return problems;
}

}  // namespace gateway
