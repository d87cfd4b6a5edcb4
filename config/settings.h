// The whole configuration as the program uses it: each folder's own Options, filled in.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "bridge/downlink/command_options.h"
#include "bridge/downlink/presence_options.h"
#include "bridge/downlink/snapshot_options.h"
#include "bridge/mqtt/options.h"
#include "bridge/rules/rule_options.h"
#include "bridge/store/store.h"
#include "bridge/uplink/uplink_options.h"
#include "config/service_settings.h"
#include "hub/hub.h"

namespace gateway {

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
  std::string negotiate_authorization{};
  std::string hub_access_key{};
  std::string configuration{};  // the configuration itself, when a secret is written in it
};

struct Settings {
  std::string gateway_id{};
  MqttOptions mqtt{};
  ServiceSettings webpubsub{};
  webpubsub::hub::HubOptions hub{};
  bool hub_mirror = false;  // beside a service elsewhere the hub gets all that goes there
  std::vector<RuleOptions> rules{};
  std::vector<CommandOptions> commands{};
  PresenceOptions presence{};
  SnapshotOptions snapshot{};
  UplinkOptions uplink{};
  StoreOptions store{};
  StatusSettings status{};
  LogSettings log{};
  SecretFiles secret_files{};

  bool needs_hub() const { return webpubsub.uses_embedded_hub() || hub_mirror; }
};

}  // namespace gateway
