// Tells a group now and then how the gateway is, so that dashboards can show it.

#pragma once

#include <functional>
#include <string>

#include "bridge/uplink/uplink_options.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"
#include "webpubsub/client/client.h"

namespace gateway {

/// The message, see docs/formats/gateway-status.md.
std::string presence_message(const GatewaySnapshot& snapshot, std::chrono::milliseconds interval);

/// Used on the loop's thread. `client` must outlive it.
class Presence {
 public:
  Presence(webpubsub::net::EventLoop& loop, PresenceOptions options, webpubsub::Client& client,
           std::function<GatewaySnapshot()> snapshot);

  /// Sends one now, and the next an interval later. Nothing is sent, or kept, while offline.
  void announce();

 private:
  const PresenceOptions options_;
  webpubsub::Client& client_;
  const std::function<GatewaySnapshot()> snapshot_;
  webpubsub::net::Timer timer_;
};

}  // namespace gateway
