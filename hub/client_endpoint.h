// Where clients come in: handshakes, and the sessions they become.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/client_session.h"
#include "hub/raw_session.h"
#include "hub/recovery.h"
#include "hub/reliable_session.h"
#include "hub/text.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub::hub {

class ClientEndpoint {
 public:
  ClientEndpoint(HubContext& context, EventHandler& events);

  net::UpgradeAnswer on_upgrade(const net::UpgradeRequest& request);

 private:
  /// What a handshake settled, kept until the upgrade is done.
  struct Admission {
    std::string hub{};  // canonical
    ConnectionIdentity identity{};
    std::vector<std::string> groups{};
    const Codec* codec = nullptr;  // null: raw
    RawOptions raw{};
  };

  /// Errors: service_code is the HTTP status to answer.
  Result<Admission> admit(const net::UpgradeRequest& request, std::string& subprotocol);
  Result<void> apply_token(const net::HttpRequest& request, std::string_view hub,
                           Admission& admission);
  net::WebSocketListener& open(Admission& admission, std::unique_ptr<net::WebSocket> socket);
  std::unique_ptr<ClientSession> make_session(Admission& admission);
  net::UpgradeAnswer answer_recovery(const net::UpgradeRequest& upgrade, RecoveryRequest request);
  net::WebSocketListener& recover(const RecoveryRequest& request,
                                  std::unique_ptr<net::WebSocket> socket);
  ReliableSession* find_recoverable(const RecoveryRequest& request) const;
  void forget(ClientSession& session);
  void check_liveness();

  HubContext& context_;
  EventHandler& events_;
  std::unordered_map<ClientSession*, std::unique_ptr<ClientSession>> sessions_;
  TextMap<ReliableSession*> recoverable_;  // those of sessions_ that can be, by connection id
  std::unordered_map<TurnedAway*, std::unique_ptr<TurnedAway>> turned_away_;
  net::Timer liveness_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // deferred work may come after our end
};

}  // namespace webpubsub::hub
