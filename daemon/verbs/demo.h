// webpubsub-gateway demo: the whole path on this machine, with nothing to set up.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace gateway {

struct DemoOptions {
  std::uint16_t port = 8080;  // of the hub and its dashboard; 0: any free one
  unsigned devices = 20;
  double rate = 2;                                      // readings per second of each device
  std::optional<std::chrono::microseconds> duration{};  // nothing: until TERM or INT
};

/// A private mosquitto, simulated devices, the gateway and its hub. Prints the dashboard's address
/// to standard output, and at the end the conservation line. Returns the exit code.
int demo(const DemoOptions& options);

}  // namespace gateway
