// A gateway in the middle of its work: broker there, cloud away for a while.

#pragma once

#include "daemon/snapshot.h"

namespace gateway {

inline GatewaySnapshot sample_snapshot() {
  using std::chrono::milliseconds;
  return {
      .state = RunState::Running,
      .gateway_id = "edge-01",
      .started = webpubsub::WallTime(milliseconds(1763690400123)),
      .uptime = milliseconds(60'000),
      .links = {{.name = "mqtt", .up = true, .connects = 1},
                {.name = "cloud",
                 .up = false,
                 .connects = 3,
                 .disconnects = 2,
                 .failed_connects = 7,
                 .down_for = milliseconds(2'500),
                 .down_total = milliseconds(4'500),
                 .retry_in = milliseconds(3'200),
                 .last_error = "connection refused"}},
      .mqtt_received = 1001,
      .mqtt_dropped = {{"unmatched", 1}},
      .rules = {{.name = "climate",
                 .received = 1000,
                 .forwarded = 980,
                 .filtered = 5,
                 .filtered_by = {{"where", 5}, {"thin", 0}},
                 .dropped = {{"malformed", 13}, {"inbox_full", 0}},
                 .pending = 2,
                 .frames = 40,
                 .sent_bytes = 250'000}},
      .queues = {{.name = "outbox",
                  .messages = 2,
                  .bytes = 4096,
                  .max_messages = 10'000,
                  .max_bytes = 65'536,
                  .oldest_age = milliseconds(250)}},
      .commands = {{"delivered", 3}, {"rejected", 0}},
      .credentials = {{.link = "mqtt"},
                      {.link = "cloud",
                       .expires = webpubsub::WallTime(milliseconds(1764000000000))}},
      .hub = webpubsub::hub::HubCounters{.connections = 4, .connections_total = 9},
  };
}

}  // namespace gateway
