// Who answers the events that clients send.
//
// The service hands them to web servers; inside one process a handler is enough.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

class Connection;

/// One event. Everything in it is valid during the call only.
struct ClientEvent {
  std::string_view hub;    // canonical name
  std::string_view event;  // "message" for what raw clients send
  const Connection& from;  // id, user and rights of the sender
  const Data& data;
  StringMap metadata{};
  bool invoked = false;  // the answer's data is the result of an invocation
};

struct EventReply {
  bool success = true;
  std::optional<Data> data{};        // sent to the client before its ack; on success only
  StringMap mqtt_user_properties{};  // of the answer, for MQTT clients
  std::string error_name = "InternalServerError";
  std::string error_message = "Internal server error";
};

/// To be called exactly once, now or later, on the loop. A copy that outlives the connection does
/// nothing.
using EventResponder = std::function<void(EventReply)>;

class EventHandler {
 public:
  virtual ~EventHandler() = default;
  /// Frames of one connection are handled strictly one after another: until the answer, later ones
  /// of the same client wait (reference, section 3.3).
  virtual void on_user_event(const ClientEvent& event, EventResponder respond) = 0;
};

/// The answer when nobody handles an event.
EventReply no_event_handler();

}  // namespace webpubsub::hub
