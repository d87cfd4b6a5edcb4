// webpubsub-gateway devices: simulated devices on any broker.

#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace gateway {

struct DevicesOptions {
  std::string broker = "mqtt://localhost:1883";
  unsigned devices = 20;
  double rate = 2;                                      // readings per second of each device
  std::optional<std::chrono::microseconds> duration{};  // nothing: until TERM or INT
};

/// Runs until the time is over or a signal comes, then prints what was published and obeyed to
/// standard output. Returns the exit code: 69 when the broker never let us in.
int devices(const DevicesOptions& options);

}  // namespace gateway
