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
#include "net/event_loop.h"
#include "net/http_server.h"
#include "webpubsub/protocol/codec.h"

namespace webpubsub::hub {

/// The hub that a client's URL names: "/client/hubs/{hub}", or "/client/?hub={hub}" of old.
/// Nothing when the path is not a client's at all; an empty name when the hub is missing.
std::optional<std::string> hub_of_client_url(std::string_view path,
                                             const net::QueryParameters& query);

/// The subprotocols spoken here, for the server's options.
std::vector<std::string> served_subprotocols();

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
  void forget(ClientSession& session);
  void check_liveness();

  HubContext& context_;
  EventHandler& events_;
  std::unordered_map<ClientSession*, std::unique_ptr<ClientSession>> sessions_;
  net::Timer liveness_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // deferred work may come after our end
};

}  // namespace webpubsub::hub
