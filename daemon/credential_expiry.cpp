#include "daemon/credential_expiry.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <rapidjson/document.h>

#include "base/base64.h"

namespace gateway {
namespace {

using std::chrono::seconds;
using webpubsub::WallTime;

constexpr std::string_view kTokenKey = "access_token=";
constexpr double kLatest = 9e9;  // the year 2255; system_clock counts nanoseconds to 2262

struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<WallTime> earlier(std::optional<WallTime> one, std::optional<WallTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

std::vector<CredentialSnapshot> read_credential_expiries(const Settings& settings) {
  const auto& service = settings.webpubsub;
  std::optional<WallTime> token;
  if (service.client_access_url) token = token_expiry(service.client_access_url->reveal());
  if (service.negotiate) {
    token = earlier(token, certificate_expiry(service.negotiate->tls.certificate_file));
  }
  if (service.entra) token = earlier(token, certificate_expiry(service.entra->certificate_file));
  std::vector<CredentialSnapshot> credentials{
      {.link = "mqtt", .expires = certificate_expiry(settings.mqtt.tls.certificate_file)},
      {.link = "cloud",
       .expires = earlier(token, certificate_expiry(service.tls.certificate_file))}};
  if (settings.needs_hub()) {
    credentials.push_back(
        {.link = "hub", .expires = certificate_expiry(settings.hub.tls.certificate_file)});
  }
  return credentials;
}

std::optional<WallTime> token_expiry(std::string_view url) {
  const auto at = url.find(kTokenKey);
  if (at == std::string_view::npos) return std::nullopt;
  auto token = url.substr(at + kTokenKey.size());
  token = token.substr(0, token.find('&'));
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  token.remove_prefix(first + 1);
  const auto claims = webpubsub::base64url_decode(token.substr(0, token.find('.')));
  if (!claims) return std::nullopt;
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(claims->data(), claims->size());
  if (document.HasParseError() || !document.IsObject()) return std::nullopt;
  const rapidjson::Value& object = document;  // comparing iterators of a mutable one is ambiguous
  const auto expiry = object.FindMember("exp");
  if (expiry == object.MemberEnd() || !expiry->value.IsNumber()) return std::nullopt;
  const double time = expiry->value.GetDouble();
  if (!(time >= 0 && time <= kLatest)) return std::nullopt;
  return WallTime(seconds(static_cast<std::int64_t>(time)));
}

std::optional<WallTime> certificate_expiry(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  if (!file) return std::nullopt;
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  // What is left in this thread's queue would be taken for an error of the next TLS call.
  if (!certificate) ERR_clear_error();
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return std::nullopt;
  }
  return WallTime(seconds(timegm(&end)));
}

}  // namespace gateway
