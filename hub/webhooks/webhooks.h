// The event handlers of a hub's settings: which one an event goes to, and what its answer means.
//
// For each event the first handler that wants it gets it, and no other. Source: reference,
// sections 8.1 and 8.4.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "hub/connection.h"
#include "hub/event_handler.h"
#include "hub/hub.h"
#include "hub/webhooks/connect_question.h"
#include "hub/webhooks/event_post.h"
#include "hub/webhooks/webhook.h"
#include "net/event_loop.h"

namespace webpubsub::hub {

class Webhooks : public EventHandler {
 public:
  /// What is referred to must outlive it.
  Webhooks(net::EventLoop& loop, Log& log, const HubOptions& options, HubCounters& counters);

  /// For a new connection; null when there are no handlers at all.
  std::shared_ptr<WebhookSession> new_session() const;

  bool wants_connect(std::string_view hub) const {
    return find_system(hub, Event::Connect) != nullptr;
  }
  /// `identity` is what the token says so far. Errors: service_code is the status for the client.
  void ask_connect(std::string_view hub, const ConnectionIdentity& identity, std::string body,
                   std::function<void(Result<ConnectVerdict>)> done);

  bool wants(const ClientEvent& event) const;
  /// Any failure is an InternalServerError to the client; no text of the handler's reaches it.
  void on_user_event(const ClientEvent& event, EventResponder respond) override;

  // Nobody waits for these.
  void tell_connected(std::string_view hub, const Connection& connection);
  void tell_disconnected(std::string_view hub, const Connection& connection,
                         std::string_view reason);

 private:
  enum class Event : std::uint8_t { Connect, Connected, Disconnected };

  Webhook* find_system(std::string_view hub, Event event) const;
  Webhook* find_user(std::string_view hub, std::string_view event) const;
  void tell(Webhook& webhook, std::string_view hub, const Connection& connection, EventPost post);
  WebhookCall make_call(const EventSource& source, EventPost post, WebhookSession& session) const;

  std::vector<std::unique_ptr<Webhook>> webhooks_;  // in the order of the settings
  WebhookSender sender_;
};

}  // namespace webpubsub::hub
