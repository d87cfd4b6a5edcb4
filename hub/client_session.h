// What clients with and without a subprotocol have in common: a socket, a place among the
// connections, events on their way to a handler, and an end.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "hub/connection.h"
#include "hub/event_handler.h"
#include "hub/hub_context.h"
#include "net/websocket.h"

namespace webpubsub::hub {

class ClientSession : public Connection, public net::WebSocketListener {
 public:
  /// `on_end` runs once, when the socket is gone: the place to arrange this object's destruction.
  ClientSession(HubContext& context, EventHandler& events, ConnectionIdentity identity,
                std::function<void(ClientSession&)> on_end);
  ~ClientSession() override;

  /// Enters `hub` and the groups of its token, then greets the client.
  void start(std::unique_ptr<net::WebSocket> socket, std::string_view hub,
             const std::vector<std::string>& groups);

  /// Pings, or drops a client from which nothing was heard for too long.
  void check_liveness(TimePoint now);

  void close_as_too_slow() override;
  void close_by_application(std::string_view reason) override;

  void on_message(net::MessageType type, std::string_view payload) final;
  void on_pong() final;
  void on_drain() override {}
  void on_close(const net::CloseInfo& info) final;

 protected:
  virtual void greet() {}
  virtual void on_payload(net::MessageType type, std::string_view payload) = 0;
  /// Tells why the application ends the connection, where the subprotocol has words for it.
  virtual void say_goodbye(std::string_view reason) { static_cast<void>(reason); }

  /// The connection ends; it still is among the others.
  virtual void on_leaving() {}
  /// Whether the connection goes on without its socket, which ended like this.
  virtual bool outlives(const net::CloseInfo& info) const {
    static_cast<void>(info);
    return false;
  }
  /// It has no socket any more, since outlives() said so.
  virtual void on_detached() {}
  /// Goes on over `socket`.
  void attach(std::unique_ptr<net::WebSocket> socket);
  /// Goes on without the socket, which tells us nothing any more; null when there is none.
  std::unique_ptr<net::WebSocket> release_socket() { return std::move(socket_); }
  /// Ends the socket; outlives() says what becomes of the connection.
  void close_socket(std::uint16_t code, std::string_view reason);

  /// Sends to this client alone; a full queue ends the connection.
  void send(const std::shared_ptr<net::Message>& message);
  [[nodiscard]] bool queue(const std::shared_ptr<net::Message>& message);
  /// Offline without a socket.
  Offer offer(const std::shared_ptr<net::Message>& message);
  void publish(GroupMessage message, bool no_echo,
               std::chrono::seconds lifetime = std::chrono::seconds(0));
  /// Hands an event to its handler; `then` runs with the answer, frames that come before wait.
  void raise_event(std::string_view event, const Data& data, StringMap metadata,
                   std::function<void(EventReply)> then, bool invoked = false);

  /// Leaves the hub at once, so that nothing more is sent here, and closes the socket.
  void close(std::uint16_t code, std::string_view reason);
  void close_as_malformed(std::uint16_t code, std::string_view reason, std::string_view detail);

  bool is_closing() const noexcept { return hub_ == nullptr; }
  HubContext& context() noexcept { return context_; }
  HubConnections& hub() noexcept { return *hub_; }  // not when closing
  const HubConnections& hub() const noexcept { return *hub_; }

 private:
  /// What a close frame says and what an event handler is told may differ.
  void end(std::uint16_t code, std::string_view close_reason, std::string_view told_reason);
  void leave_hub(std::string_view reason);
  void drop_from_hub();
  void keep_for_later(net::MessageType type, std::string_view payload);
  void on_event_answered(std::uint64_t serial, const std::function<void(EventReply)>& then,
                         EventReply reply);
  void handle_waiting();

  HubContext& context_;
  EventHandler& events_;
  std::function<void(ClientSession&)> on_end_;
  std::unique_ptr<net::WebSocket> socket_;  // null: the connection waits for its client
  HubConnections* hub_ = nullptr;           // null before start() and when closing
  bool leaving_ = false;
  TimePoint last_heard_{};

  bool event_pending_ = false;
  bool handling_waiting_ = false;
  std::uint64_t event_serial_ = 0;  // which event an answer belongs to
  std::deque<std::pair<net::MessageType, std::string>> waiting_;  // behind the pending event
  std::size_t waiting_bytes_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // answers may come after our end
};

}  // namespace webpubsub::hub
