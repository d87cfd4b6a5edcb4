#include "bridge/mqtt/broker_address.h"
#include "config/secrets.h"
#include "config/sections/sections.h"
#include "config/suggest.h"
#include "config/words.h"

namespace gateway::config {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxClientId = 256;
constexpr std::size_t kMaxMqttText = 65535;  // MQTT 5.0, 1.5.4

/// The address as it was probably meant, by what other programs call the schemes.
std::string meant_broker(const std::string& text) {
  const auto end = text.find("://");
  if (end == std::string::npos) {
    return parse_broker_address("mqtt://" + text) ? "mqtt://" + text : "";
  }
  const auto scheme = text.substr(0, end);
  std::string_view ours = near_miss(scheme, {"mqtt", "mqtts"}).value_or("");
  if (scheme == "tcp") ours = "mqtt";
  if (scheme == "ssl" || scheme == "tls") ours = "mqtts";
  const auto meant = std::string(ours) + text.substr(end);
  return parse_broker_address(meant) ? meant : "";
}

void read_broker(const Value& value, MqttOptions& mqtt) {
  auto text = value.text();
  if (!text) return;
  const auto address = parse_broker_address(*text);
  if (address) {
    mqtt.broker = std::move(*text);
    return;
  }
  auto message = address.error().message;
  // With user information in it, it is not shown.
  if (text->find('@') == std::string::npos) {
    message += "; got " + in_quotes(*text);
    if (const auto meant = meant_broker(*text); !meant.empty()) {
      message += "; did you mean " + in_quotes(meant) + "?";
    }
  }
  value.report(message);
}

void read_text(const Value& value, std::size_t most, std::string& target) {
  auto text = value.text();
  if (!text) return;
  if (text->size() > most) {
    value.report("at most " + std::to_string(most) + " bytes expected; got " +
                 std::to_string(text->size()));
    return;
  }
  target = std::move(*text);
}

void read_tls(Section tls, MqttOptions& mqtt) {
  assign(mqtt.tls.ca_file, tls.at("ca_file").file_path());
  read_key_pair(tls, mqtt.tls.certificate_file, mqtt.tls.key_file);
  tls.finish();
  const bool used = !mqtt.tls.ca_file.empty() || !mqtt.tls.certificate_file.empty();
  if (used && !mqtt.broker.starts_with("mqtts:")) {
    tls.self().report("mqtt.broker must start with mqtts:// for TLS");
  }
}

}  // namespace

void read_mqtt(Section mqtt, Settings& settings) {
  MqttOptions& options = settings.mqtt;
  read_broker(mqtt.at("broker"), options);
  read_text(mqtt.at("client_id"), kMaxClientId, options.client_id);
  assign(options.version, read_word(mqtt.at("version"), kMqttVersions));
  read_text(mqtt.at("username"), kMaxMqttText, options.username);
  if (auto password = read_secret(mqtt, "password", "password_file")) {
    // MQTT 3.1.1, 3.1.2.9; version 5 allows it.
    if (options.username.empty() && options.version == MqttVersion::V311) {
      password->value.report("username is required with it in MQTT 3.1.1");
    }
    options.password = std::move(password->secret);
    settings.secret_files.mqtt_password = std::move(password->file);
  }
  assign(options.keep_alive, mqtt.at("keep_alive").duration(seconds(5), seconds(64'800)));
  assign(options.session_expiry,
         mqtt.at("session_expiry").duration(seconds(0), seconds(31'536'000)));
  read_tls(mqtt.at("tls").section(), options);
  mqtt.finish();
}

}  // namespace gateway::config
