// How to reach the MQTT broker.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.h"

namespace gateway {

enum class MqttVersion : std::uint8_t { V311, V5 };

/// The chain and the host name are always verified; there is no way to turn that off.
struct MqttTlsOptions {
  std::string ca_file{};           // PEM; empty: the system's certificate store
  std::string certificate_file{};  // PEM chain of our own, for mutual TLS; empty: none
  std::string key_file{};          // PEM; required with certificate_file
};

/// What the broker publishes, retained, when we are gone without a word.
struct MqttWill {
  std::string topic{};
  std::string payload{};
};

struct MqttOptions {
  std::string broker = "mqtt://localhost:1883";  // mqtts:// for TLS
  std::string client_id{};                       // not empty, stable over restarts
  MqttVersion version = MqttVersion::V5;         // V5 falls back to V311 when the broker refuses it
  std::string username{};
  webpubsub::Secret password{};
  std::chrono::seconds keep_alive{30};        // a silent broker is given up after 1.5 times this
  std::chrono::seconds session_expiry{3600};  // 0: a clean session at every connect
  MqttTlsOptions tls{};
  std::optional<MqttWill> will{};
  std::chrono::seconds connect_timeout{10};
  std::size_t max_payload = 1024 * 1024;  // larger messages are counted and not taken
  // What the broker may send us before it has heard that we took the first; of MQTT 5. While one
  // after the other comes without a gap, the library lets nobody else to work.
  std::uint16_t receive_maximum = 64;
  std::size_t max_publications = 64;  // in flight to the broker; then publish() says Full
  // While some are in flight, a broker that answers none for so long is given up.
  std::chrono::seconds publication_timeout{30};
};

}  // namespace gateway
