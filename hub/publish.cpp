#include "hub/publish.h"

#include <vector>

#include "hub/connection_filter.h"

namespace webpubsub::hub {

namespace {

bool is_excluded(const Connection& connection, const Excluded& excluded) {
  return &connection == excluded.sender ||
         (excluded.ids != nullptr && excluded.ids->contains(connection.id())) ||
         (excluded.filter != nullptr && !matches(*excluded.filter, connection));
}

/// Closing a client changes the sets that are being walked through, so the slow ones wait here.
class FanOut {
 public:
  FanOut(HubContext& context, SharedMessage& message, const Excluded& excluded)
      : context_(context), message_(message), excluded_(excluded) {}

  void to(Connection& connection) {
    if (is_excluded(connection, excluded_)) return;
    if (connection.deliver(message_)) {
      ++context_.counters.deliveries;
    } else {
      slow_.push_back(&connection);
    }
  }

  void finish() {
    for (Connection* connection : slow_) close_slow_client(context_, *connection);
  }

 private:
  HubContext& context_;
  SharedMessage& message_;
  const Excluded excluded_;
  std::vector<Connection*> slow_;  // empty, and without memory, as a rule
};

}  // namespace

void deliver_to_members(HubContext& context, const Members* members, SharedMessage& message,
                        const Excluded& excluded) {
  if (members == nullptr) return;
  FanOut fan_out(context, message, excluded);
  for (Connection* connection : *members) fan_out.to(*connection);
  fan_out.finish();
}

void deliver_to_all(HubContext& context, const HubConnections& hub, SharedMessage& message,
                    const Excluded& excluded) {
  FanOut fan_out(context, message, excluded);
  for (const auto& [id, connection] : hub.all()) fan_out.to(*connection);
  fan_out.finish();
}

void deliver_to_one(HubContext& context, Connection& connection, SharedMessage& message) {
  FanOut fan_out(context, message, {});
  fan_out.to(connection);
  fan_out.finish();
}

void close_slow_client(HubContext& context, Connection& connection) {
  ++context.counters.slow_clients_closed;
  context.log.burst(steady_now(), LogLevel::Warning, "hub.slow_client",
                    "closed a client that does not read what it is sent",
                    {{"connection_id", connection.id()}, {"user_id", connection.user_id()}});
  connection.close_as_too_slow();
}

}  // namespace webpubsub::hub
