// One socket of an MQTT client: from the upgrade to its CONNECT, and then between the socket and
// the session that CONNECT led to.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/connection.h"
#include "hub/mqtt/mqtt_session.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/websocket.h"
#include "webpubsub/protocol/mqtt/packet_reader.h"
#include "webpubsub/protocol/mqtt/packets.h"

namespace webpubsub::hub {

/// What the upgrade settled.
struct MqttAdmission {
  std::string hub{};  // canonical
  net::UpgradeRequest upgrade{};
  ConnectionIdentity identity{};  // its id is still to come
  std::vector<std::string> groups{};
  std::string claims{};  // of its token
};

class MqttLink : public net::WebSocketListener {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The client's CONNECT. To be answered by hand_over() or refuse(), now or later.
    virtual void on_connect(MqttLink& link, mqtt::Connect packet) = 0;
    /// The socket is gone, and `session`, if there was one, knows: the place to arrange the
    /// link's destruction.
    virtual void on_link_end(MqttLink& link, MqttSession* session) = 0;
  };

  MqttLink(net::EventLoop& loop, Owner& owner, MqttAdmission admission,
           std::unique_ptr<net::WebSocket> socket, std::size_t max_packet_size);

  MqttAdmission& admission() noexcept { return admission_; }
  std::string peer() const { return socket_ ? socket_->peer() : std::string(); }

  /// What the socket says goes to `session` from now on.
  void set_session(MqttSession& session) { session_ = &session; }
  std::unique_ptr<net::WebSocket> hand_over();
  /// What came behind the CONNECT, for the session.
  void pass_on_rest();
  /// Says no, in a CONNACK where the client has told its version.
  void refuse(mqtt::ReasonCode reason, std::string_view text, const StringMap& properties = {});
  /// Ends a socket whose session goes on without it.
  void retire(std::unique_ptr<net::WebSocket> socket);

  void on_message(net::MessageType type, std::string_view payload) override;
  void on_drain() override;
  void on_pong() override;
  void on_close(const net::CloseInfo& info) override;

 private:
  void read_connect();

  Owner& owner_;
  MqttAdmission admission_;
  std::unique_ptr<net::WebSocket> socket_;  // the session has it once there is one
  MqttSession* session_ = nullptr;
  mqtt::PacketReader reader_;
  net::Timer patience_;
  mqtt::Version version_ = mqtt::Version::V311;
  bool has_connect_ = false;
  bool is_over_ = false;
};

}  // namespace webpubsub::hub
