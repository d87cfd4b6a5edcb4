// Simulated devices on a real broker: they publish readings and answer commands.
//
// All of them share one MQTT connection. Topics: sensors/{site}/{device}/telemetry out,
// devices/{device}/commands/{name} in.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace gateway {

struct SimulatorOptions {
  std::string broker = "mqtt://localhost:1883";
  unsigned devices = 20;                // 1 to 500
  double rate = 2;                      // readings per second of each, up to 100
  std::optional<std::uint64_t> seed{};  // the same devices move the same way; nothing: random
};

struct SimulatorCounters {
  std::uint64_t published = 0;         // readings that went to the broker
  std::uint64_t not_published = 0;     // the broker was away, or too slow
  std::uint64_t commands = 0;          // obeyed
  std::uint64_t refused_commands = 0;  // unknown device or command, or a value it cannot take
};

/// Used on its loop's thread. `loop` and `log` must outlive it.
class DeviceSimulator {
 public:
  /// Errors: InvalidArgument for a broker address or option that cannot be used.
  static webpubsub::Result<std::unique_ptr<DeviceSimulator>> create(webpubsub::net::EventLoop& loop,
                                                                    const SimulatorOptions& options,
                                                                    webpubsub::Log& log);
  virtual ~DeviceSimulator() = default;

  /// Connects, and publishes whenever there is a connection.
  virtual void start() = 0;
  /// Publishes no more and disconnects; `done` runs when that is over.
  virtual void stop(webpubsub::Completion done = {}) = 0;

  virtual bool is_connected() const = 0;
  virtual SimulatorCounters counters() const = 0;
};

}  // namespace gateway
