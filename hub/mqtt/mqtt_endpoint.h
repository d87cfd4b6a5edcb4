// Where MQTT clients come in: upgrades, CONNECTs, and the sessions they lead to.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "hub/mqtt/mqtt_link.h"
#include "hub/mqtt/mqtt_session.h"
#include "hub/text.h"
#include "net/http_server.h"

namespace webpubsub::hub {

/// The hub a URL of MQTT clients names, "/clients/mqtt/hubs/{hub}"; nothing for other URLs.
std::optional<std::string> hub_of_mqtt_url(std::string_view path);

class MqttEndpoint : public MqttLink::Owner {
 public:
  MqttEndpoint(HubContext& context, EventHandler& events) : context_(context), events_(events) {}

  /// For URLs that hub_of_mqtt_url() knows.
  void start_upgrade(const net::UpgradeRequest& upgrade, const net::UpgradeResponder& respond);

 private:
  struct Held {
    std::unique_ptr<MqttSession> session;
    MqttLink* link = nullptr;  // null: without a socket
    std::string key{};         // in by_client_
  };

  void on_connect(MqttLink& link, mqtt::Connect packet) override;
  void on_link_end(MqttLink& link, MqttSession* session) override;

  // Errors of these: service_code is the HTTP status to answer.
  Result<MqttAdmission> admit(const net::UpgradeRequest& upgrade);
  Result<void> apply_token(MqttAdmission& admission);
  net::WebSocketListener& open(MqttAdmission admission, std::unique_ptr<net::WebSocket> socket);

  void ask_event_handler(MqttLink& link, const mqtt::Connect& packet, MqttTerms terms);
  void let_in(MqttLink& link, MqttTerms terms);
  void resume(MqttLink& link, Held& held, MqttTerms terms);
  void start(MqttLink& link, MqttTerms terms);
  void forget(ClientSession& session);
  void count_refusal(std::string_view peer, std::string_view reason);

  HubContext& context_;
  EventHandler& events_;
  std::unordered_map<MqttLink*, std::unique_ptr<MqttLink>> links_;
  std::unordered_map<ClientSession*, Held> sessions_;
  TextMap<ClientSession*> by_client_;  // "hub/client id", those that can be resumed
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // deferred work may come after our end
};

}  // namespace webpubsub::hub
