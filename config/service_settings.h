// Where the service is, and what we show to get in.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "net/tls_options.h"
#include "webpubsub/auth/connection_string.h"
#include "webpubsub/auth/negotiate_credential.h"
#include "webpubsub/protocol/codec.h"

namespace gateway {

/// An identity in Microsoft Entra ID: one of secret, certificate, token file and managed identity.
struct EntraSettings {
  std::string endpoint{};  // of the service
  std::string authority = "https://login.microsoftonline.com";
  std::string tenant_id{};
  std::string client_id{};
  std::string client_secret_file{};
  std::string certificate_file{};
  std::string key_file{};
  std::string token_file{};  // of a workload identity
  bool managed_identity = false;
  std::string metadata_endpoint{};  // empty: the platform's own
  bool operator==(const EntraSettings&) const = default;
};

/// Without any of the four sources the embedded hub serves.
struct ServiceSettings {
  std::string hub = "telemetry";
  std::optional<webpubsub::ConnectionString> connection_string{};
  std::optional<webpubsub::Secret> client_access_url{};
  std::optional<webpubsub::NegotiateOptions> negotiate{};  // without the proxy, which is below
  webpubsub::Secret negotiate_authorization{};             // the header's value
  std::optional<EntraSettings> entra{};
  std::string user_id{};                            // not empty: default gateway.id
  std::optional<std::vector<std::string>> roles{};  // nothing: exactly what the rules need
  const webpubsub::Codec* codec = &webpubsub::json_reliable_codec();
  std::chrono::milliseconds keep_alive{20'000};  // twice as long without a sign is the end
  std::string proxy{};
  webpubsub::net::TlsClientOptions tls{};

  bool uses_embedded_hub() const {
    return !connection_string && !client_access_url && !negotiate && !entra;
  }
};

}  // namespace gateway
