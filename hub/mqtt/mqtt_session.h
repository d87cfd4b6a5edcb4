// A client that speaks MQTT: topics are groups, a session is a connection.
//
// Source: reference, section 1.5; MQTT 5.0, section 4.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "hub/client_session.h"
#include "hub/mqtt/connect_terms.h"
#include "hub/mqtt/outgoing_messages.h"
#include "hub/text.h"
#include "net/event_loop.h"
#include "webpubsub/protocol/mqtt/packet_reader.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

class MqttSession : public ClientSession {
 public:
  MqttSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
              MqttTerms terms, std::function<void(ClientSession&)> on_end);

  /// Whether there is a session for a client to come back to.
  bool is_alive() const noexcept { return !is_closing(); }
  /// Goes on over `socket`, on the terms of its CONNECT. What the client has not confirmed is sent
  /// again.
  void resume(std::unique_ptr<net::WebSocket> socket, MqttTerms terms);
  /// Another socket of the same client takes over: hands out the one we had, told so. Null when
  /// there is none.
  std::unique_ptr<net::WebSocket> give_way();
  /// Its client starts anew, so nothing of this one is kept.
  void end_for_clean_start();

  bool deliver(SharedMessage& message) override;
  void close_as_too_slow() override;
  void on_drain() override { send_outgoing(); }

 protected:
  void greet() override;
  void on_payload(net::MessageType type, std::string_view payload) override;
  void say_goodbye(std::string_view reason) override;
  void on_leaving() override;
  bool outlives(const net::CloseInfo& info) const override;
  void on_detached() override;

 private:
  void handle_packets();
  /// False: nothing whole is there, or the session is over.
  bool handle_next();
  void handle(mqtt::Publish& packet);
  void handle(const mqtt::Puback& packet);
  void handle(const mqtt::Pubrec& packet);
  void handle(const mqtt::Pubrel& packet);
  void handle(const mqtt::Pubcomp& packet);
  void handle(const mqtt::Subscribe& packet);
  void handle(const mqtt::Unsubscribe& packet);
  void handle(const mqtt::Pingreq&) { send_packet(mqtt::Pingresp{}); }
  void handle(mqtt::Disconnect& packet);
  /// All that only a server sends, and a second CONNECT.
  template <class Packet>
  void handle(const Packet&) {
    disconnect(mqtt::ReasonCode::ProtocolError, "A client does not send such a packet.");
  }

  bool is_v5() const noexcept { return terms_.version == mqtt::Version::V5; }
  mqtt::ReasonCode subscribe(const mqtt::Subscription& wanted,
                             std::optional<std::uint32_t> subscription_id);
  bool may_go_on_with(const mqtt::Publish& packet);
  mqtt::ReasonCode take(mqtt::Publish& packet);
  void publish_to_group(mqtt::Publish& packet, bool to_self);
  void raise(mqtt::Publish& packet);
  void answer_event(const mqtt::Publish& request, EventReply reply);
  void publish_will();

  bool send_now(mqtt::Publish packet);
  bool send_later(mqtt::Publish packet);
  void send_outgoing();
  void send_packet(const mqtt::Packet& packet);
  void tell(mqtt::ReasonCode reason, std::string_view text);
  /// Tells a 5.0 client why, and ends the session.
  void disconnect(mqtt::ReasonCode reason, std::string_view text);
  void note_ending(bool by_client, const mqtt::Disconnect& packet);
  void check_keep_alive();
  void greet_with(bool session_present);

  struct Subscription {
    mqtt::Qos qos = mqtt::Qos::AtMostOnce;
    bool no_local = false;
    std::optional<std::uint32_t> id{};
  };
  const Subscription& subscription_to(std::string_view topic) const;

  MqttTerms terms_;
  mqtt::PacketReader reader_;
  TextMap<Subscription> subscriptions_;  // groups joined otherwise have the default options
  OutgoingMessages outgoing_;
  std::unordered_set<mqtt::PacketId> unreleased_;  // of QoS 2, whose PUBREL is still to come
  TimePoint last_packet_{};
  net::Timer keep_alive_;
  net::Timer expiry_;
  net::Timer will_;
  bool handling_ = false;
  bool awaits_event_ = false;
  bool has_left_ = false;  // the client said DISCONNECT
  bool may_stay_ = true;   // without its socket
};

}  // namespace webpubsub::hub
