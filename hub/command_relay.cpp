#include "hub/command_relay.h"

#include "hub/private_roles.h"
#include "hub/publish.h"
#include "hub/text.h"

namespace webpubsub::hub {

EventReply no_event_handler() { return EventReply{.success = false}; }

bool CommandRelay::wants(const ClientEvent& event) const {
  return !context_.options.command_user.empty() && equals_ignoring_case(event.event, "command") &&
         equals_ignoring_case(event.hub, context_.options.dashboard_hub);
}

EventReply CommandRelay::relay(const ClientEvent& event) {
  if (!event.from.has_private_role(kCommandRole)) {
    return {.success = false,
            .error_name = "Forbidden",
            .error_message = "The client does not have permission to send commands."};
  }
  HubConnections* hub = context_.connections.find(event.hub);
  const Members* gateways = hub == nullptr ? nullptr : hub->user(context_.options.command_user);
  if (gateways == nullptr) {
    return {.success = false,
            .error_name = "NotFound",
            .error_message = "The gateway is not connected."};
  }
  SharedMessage message(ServerMessage{.data = event.data});
  deliver_to_members(context_, gateways, message, {});
  return {};
}

void CommandRelay::on_user_event(const ClientEvent& event, EventResponder respond) {
  respond(relay(event));
}

}  // namespace webpubsub::hub
