// What clients ask of the gateway: their events "command" and "snapshot" go on to the gateway's
// connections as server messages, and its answers come back to who asked.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "hub/event_handler.h"
#include "hub/hub_context.h"
#include "net/event_loop.h"

namespace webpubsub::hub {

class CommandRelay : public EventHandler {
 public:
  explicit CommandRelay(HubContext& context);

  /// Whether `event` is one for on_user_event() here rather than for an application's handler.
  bool wants(const ClientEvent& event) const;
  /// Answers "Forbidden" without the role that the dashboard's own token carries, "NotFound" when
  /// no gateway is connected. An invocation is answered with what the gateway says, or with
  /// "Timeout"; for an event that comes as a server message.
  void on_user_event(const ClientEvent& event, EventResponder respond) override;

 private:
  bool is_answer(const ClientEvent& event) const;
  bool may_ask(const ClientEvent& event) const;
  EventReply relay(const ClientEvent& event, std::string_view invocation);
  void pass_back(const ClientEvent& event);
  void end_overdue();

  struct Overdue {
    TimePoint due{};
    std::string invocation{};
  };
  HubContext& context_;
  std::map<std::string, EventResponder, std::less<>> invocations_{};  // that await their answer
  std::deque<Overdue> overdue_{};  // all of them, and some that were answered, in order
  net::Timer timer_;
};

}  // namespace webpubsub::hub
