// Commands from the dashboard: its user event "command" goes on to the gateway's connections as a
// server message.

#pragma once

#include <string>
#include <string_view>

#include "hub/event_handler.h"
#include "hub/hub_context.h"

namespace webpubsub::hub {

class CommandRelay : public EventHandler {
 public:
  explicit CommandRelay(HubContext& context) : context_(context) {}

  /// Whether `event` is one for on_user_event() here rather than for an application's handler.
  bool wants(const ClientEvent& event) const;
  /// Answers "Forbidden" without the role that the dashboard's own token carries, "NotFound" when
  /// no gateway is connected.
  void on_user_event(const ClientEvent& event, EventResponder respond) override;

 private:
  EventReply relay(const ClientEvent& event);

  HubContext& context_;
};

}  // namespace webpubsub::hub
