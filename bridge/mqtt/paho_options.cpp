#include "bridge/mqtt/paho_options.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace gateway {

namespace {

// Larger packets a broker may drop without a word, so this is far above what a receiver takes: it
// counts those that are too large itself.
constexpr std::size_t kMaximumPacket = std::size_t{16} * 1024 * 1024;
// Instead of 0, which makes the library free its publications as the connection ends, those of
// is_broken() twice. We connect with clean start, so nothing comes of that second.
constexpr std::chrono::seconds kShortestExpiry{1};

// The library gives up one and a half times as long after an unanswered ping as it waits to send
// one. It looks whether either is due at every tenth of that, and up to a second later. With less
// than 3 s a broker could miss a ping; less has only who asks for less than 5 s.
std::chrono::seconds ping_interval(std::chrono::seconds keep_alive) {
  using std::chrono::seconds;
  const auto given_up_after = std::chrono::milliseconds(keep_alive) * 3 / 2;
  const auto ping = std::chrono::floor<seconds>((given_up_after - seconds(2)) * 10 / 27);
  return std::max(ping, std::clamp(keep_alive * 6 / 10, seconds(1), seconds(3)));
}

int clamp_to_int(std::chrono::seconds duration) {
  return static_cast<int>(
      std::min<std::chrono::seconds::rep>(duration.count(), std::numeric_limits<int>::max()));
}

int paho_version(MqttVersion version) {
  return version == MqttVersion::V5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
}

mqtt::ssl_options tls_options(const MqttTlsOptions& tls) {
  mqtt::ssl_options ssl;
  if (!tls.ca_file.empty()) ssl.set_trust_store(tls.ca_file);
  if (!tls.certificate_file.empty()) {
    ssl.set_key_store(tls.certificate_file);
    ssl.set_private_key(tls.key_file);
  }
  ssl.set_enable_server_cert_auth(true);
  ssl.set_verify(true);  // the host name; off by default
  // The library lowers OpenSSL's security level to 1; this takes it back to 2 (TLS 1.2, RSA 2048).
  ssl.set_enabled_cipher_suites("DEFAULT@SECLEVEL=2");
  return ssl;
}

mqtt::properties connect_properties(const MqttOptions& options) {
  mqtt::properties properties;
  properties.add({mqtt::property::RECEIVE_MAXIMUM, options.receive_maximum});
  properties.add({mqtt::property::MAXIMUM_PACKET_SIZE,
                  static_cast<int>(std::max(kMaximumPacket, 2 * options.max_payload))});
  properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL,
                  clamp_to_int(std::max(options.session_expiry, kShortestExpiry))});
  return properties;
}

}  // namespace

std::string paho_uri(const BrokerAddress& broker) {
  const bool v6 = broker.host.find(':') != std::string::npos;
  return std::string(broker.tls ? "ssl://" : "tcp://") +
         (v6 ? "[" + broker.host + "]" : broker.host) + ":" + std::to_string(broker.port);
}

mqtt::create_options paho_create_options(const MqttOptions& options, MqttVersion version) {
  mqtt::create_options create(paho_version(version));
  // Its queue in front of the socket. Our own bound is reached first.
  create.set_max_buffered_messages(static_cast<int>(options.max_publications) + 1);
  return create;
}

mqtt::connect_options paho_connect_options(const MqttOptions& options, const BrokerAddress& broker,
                                           MqttVersion version) {
  // No builder and no move: both lose the properties, and with them the session.
  mqtt::connect_options connect;
  connect.set_mqtt_version(paho_version(version));
  const bool clean = options.session_expiry.count() == 0;
  if (version == MqttVersion::V5) {
    connect.set_clean_start(clean);
  } else {
    connect.set_clean_session(clean);
  }
  connect.set_automatic_reconnect(false);
  connect.set_keep_alive_interval(ping_interval(options.keep_alive));
  connect.set_connect_timeout(options.connect_timeout);
  connect.set_max_inflight(static_cast<int>(options.max_publications));
  if (!options.username.empty()) connect.set_user_name(options.username);
  if (!options.password.empty()) connect.set_password(std::string(options.password.reveal()));
  if (options.will) {
    const auto& [topic, payload] = *options.will;
    connect.set_will(mqtt::will_options(topic, payload.data(), payload.size(), 1, true));
  }
  if (broker.tls) connect.set_ssl(tls_options(options.tls));
  if (version == MqttVersion::V5) connect.set_properties(connect_properties(options));
  return connect;
}

mqtt::subscribe_options paho_subscribe_options(const MqttSubscription& subscription) {
  mqtt::subscribe_options options;
  // Not "retain as published": a message's flag tells what was kept from what is news.
  options.set_no_local(subscription.no_local);
  if (!subscription.retained) {
    options.set_retain_handling(mqtt::subscribe_options::DONT_SEND_RETAINED);
  }
  return options;
}

mqtt::message_ptr paho_message(MqttPublication publication, MqttVersion version) {
  mqtt::properties properties;
  if (version == MqttVersion::V5) {
    if (publication.expiry.count() > 0) {
      properties.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, clamp_to_int(publication.expiry)});
    }
    if (!publication.response_topic.empty()) {
      properties.add({mqtt::property::RESPONSE_TOPIC, publication.response_topic});
    }
    if (!publication.correlation_data.empty()) {
      properties.add({mqtt::property::CORRELATION_DATA, publication.correlation_data});
    }
    for (const auto& [name, value] : publication.user_properties) {
      properties.add({mqtt::property::USER_PROPERTY, name, value});
    }
  }
  return std::make_shared<mqtt::message>(std::move(publication.topic),
                                         std::move(publication.payload), publication.qos,
                                         publication.retain, properties);
}

}  // namespace gateway
