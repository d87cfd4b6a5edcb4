// The whole configuration as the program uses it: each folder's own Options, filled in.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "bridge/downlink/command_options.h"
#include "bridge/mqtt/options.h"
#include "bridge/rules/rule_options.h"
#include "bridge/uplink/uplink_options.h"
#include "hub/hub.h"
#include "net/tls_options.h"
#include "webpubsub/auth/connection_string.h"

namespace gateway {

/// Where the service is. Without connection string and URL the embedded hub serves.
struct ServiceSettings {
  std::string hub = "telemetry";
  std::optional<webpubsub::ConnectionString> connection_string{};
  std::optional<webpubsub::Secret> client_access_url{};
  std::string user_id{};                            // not empty: default gateway.id
  std::optional<std::vector<std::string>> roles{};  // nothing: exactly what the rules need
  std::string proxy{};
  webpubsub::net::TlsClientOptions tls{};

  bool uses_embedded_hub() const { return !connection_string && !client_access_url; }
};

struct StatusSettings {
  std::string address = "127.0.0.1";  // empty: no status endpoint
  std::uint16_t port = 9464;
};

enum class LogFormat : std::uint8_t { Auto, Journal, Text, Json };

struct LogSettings {
  webpubsub::LogLevel level = webpubsub::LogLevel::Info;
  LogFormat format = LogFormat::Auto;
};

/// The files that secrets were read from, absolute; empty for what was written in the configuration
/// itself or not given. So the effective configuration can name the file where it hides the secret.
struct SecretFiles {
  std::string mqtt_password{};
  std::string connection_string{};
  std::string client_access_url{};
  std::string hub_access_key{};
};

struct Settings {
  std::string gateway_id{};
  MqttOptions mqtt{};
  ServiceSettings webpubsub{};
  webpubsub::hub::HubOptions hub{};
  std::vector<RuleOptions> rules{};
  std::vector<CommandOptions> commands{};
  PresenceOptions presence{};
  UplinkOptions uplink{};
  StatusSettings status{};
  LogSettings log{};
  SecretFiles secret_files{};
};

}  // namespace gateway
