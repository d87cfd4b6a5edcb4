// A client of a reliable subprotocol: a connection that outlives its socket.
//
// Without a socket it still is a member of its groups and collects what it would have been sent,
// until the client comes back with its reconnection token or the recovery window has passed.
// Source: reference, section 5.

#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/secret.h"
#include "hub/protocol_session.h"
#include "hub/retained_messages.h"
#include "net/event_loop.h"

namespace webpubsub::hub {

class ReliableSession : public ProtocolSession {
 public:
  ReliableSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
                  const Codec& codec, std::function<void(ClientSession&)> on_end);

  /// Whether a client that shows `token` may have this connection back. False when it has ended.
  bool may_recover(std::string_view hub, std::string_view token) const;
  /// Goes on over `socket`; one that is still there is dropped.
  void recover(std::unique_ptr<net::WebSocket> socket);

  using ProtocolSession::codec;
  bool deliver(SharedMessage& message) override;
  void close_as_too_slow() override;
  void on_drain() override { send_retained(); }

 protected:
  bool outlives(const net::CloseInfo& info) const override;
  void on_detached() override;
  std::string_view reconnection_token() const override { return token_.reveal(); }
  void on_sequence_ack(SequenceId id) override;

 private:
  void send_retained();

  Secret token_;
  RetainedMessages retained_;
  net::Timer window_;
};

}  // namespace webpubsub::hub
