// One client of a hub, as the registry and the REST API see it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hub/permissions.h"
#include "hub/shared_message.h"

namespace webpubsub::hub {

struct Group;
struct WebhookSession;

/// What a handshake settled about a client.
struct ConnectionIdentity {
  std::string id{};
  std::string user_id{};      // empty: anonymous
  std::string subprotocol{};  // empty: a raw client
  Permissions permissions{};
  std::vector<std::string> private_roles{};    // those only this hub knows, see private_roles.h
  std::shared_ptr<WebhookSession> webhooks{};  // null when the hub has no event handlers
};

class Connection {
 public:
  explicit Connection(ConnectionIdentity identity) : identity_(std::move(identity)) {}
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& id() const noexcept { return identity_.id; }
  const std::string& user_id() const noexcept { return identity_.user_id; }
  const std::string& subprotocol() const noexcept { return identity_.subprotocol; }
  Permissions& permissions() noexcept { return identity_.permissions; }
  const std::shared_ptr<WebhookSession>& webhook_session() const noexcept {
    return identity_.webhooks;
  }
  bool has_private_role(std::string_view role) const;

  /// Queues a message for the client. False when its queue is full: it must be closed, but by the
  /// caller and later, since closing changes the sets that a fan-out is walking through.
  [[nodiscard]] virtual bool deliver(SharedMessage& message) = 0;
  /// Ends a client that does not read what it is sent.
  virtual void close_as_too_slow() = 0;
  /// Ends it on the application's behalf; `reason` is told to the client.
  virtual void close_by_application(std::string_view reason) = 0;

  const std::unordered_set<Group*>& groups() const noexcept { return groups_; }

 private:
  friend class HubConnections;
  ConnectionIdentity identity_;
  std::unordered_set<Group*> groups_;  // kept by HubConnections
};

}  // namespace webpubsub::hub
