// Tells a group now and then how the gateway is, so that dashboards can show it.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bridge/downlink/presence_options.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// The message, see docs/formats/gateway-status.md.
std::string presence_message(const GatewaySnapshot& snapshot, std::chrono::milliseconds interval);

/// What the gateway leaves at the broker, retained: that it is there, or as its last will that it
/// is not.
std::string birth_message(const std::string& gateway_id, const std::vector<std::string>& rules,
                          bool online);

/// Used on the loop's thread. `client` must outlive it.
class Presence {
 public:
  Presence(webpubsub::net::EventLoop& loop, PresenceOptions options, webpubsub::Client& client,
           std::function<GatewaySnapshot()> snapshot);

  /// Sends one now, and the next an interval later. Nothing is sent, or kept, while offline.
  void announce();
  /// The last word: it goes.
  void announce_end();

 private:
  void send(const GatewaySnapshot& snapshot);

  const PresenceOptions options_;
  webpubsub::Client& client_;
  const std::function<GatewaySnapshot()> snapshot_;
  webpubsub::net::Timer timer_;
};

}  // namespace gateway
