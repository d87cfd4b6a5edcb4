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

  /// Answers at once, or when the event handler has said whether the client may connect.
  void start_upgrade(net::UpgradeRequest request, net::UpgradeResponder respond);

 private:
  /// What a handshake settled, kept until the upgrade is done.
  struct Admission {
    std::string hub{};  // canonical
    ConnectionIdentity identity{};
    std::vector<std::string> groups{};
    const Codec* codec = nullptr;  // null: raw
    RawOptions raw{};
    std::string claims{};  // of its token
  };

  // Errors of these: service_code is the HTTP status to answer.
  Result<Admission> admit(const net::UpgradeRequest& upgrade);
  Result<void> apply_token(const net::HttpRequest& request, std::string_view hub,
                           Admission& admission);
  void ask_event_handler(net::UpgradeRequest upgrade, Admission admission,
                         net::UpgradeResponder respond);
  void apply_verdict(ConnectVerdict verdict, Admission& admission);
  net::UpgradeAnswer welcome(const net::UpgradeRequest& upgrade, Admission admission,
                             const std::string& wanted_subprotocol);
  net::UpgradeAnswer refusal(const net::HttpRequest& request, const Error& why);

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
  std::size_t undecided_ = 0;  // handshakes that wait for an event handler
  net::Timer liveness_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // deferred work may come after our end
};

}  // namespace webpubsub::hub
