// The door from the MQTT thread into the uplink: match, copy, return.
//
// Messages lie back to back in one buffer that changes places with the loop's, so nothing is
// allocated per message. The loop is woken on the edge from empty to non-empty, and only while it
// asks for it: under load it comes by itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

#include "bridge/mqtt/engine.h"
#include "bridge/rules/route_table.h"

namespace gateway {

/// One message for one rule. The views are valid until the next drain().
struct Reading {
  std::uint32_t rule = 0;
  std::int64_t time = 0;  // arrival, milliseconds since the Unix epoch
  std::string_view topic{};
  std::string_view payload{};
};

struct IntakeCounts {
  std::uint64_t received = 0;
  std::uint64_t too_large = 0;
  std::uint64_t full = 0;
  std::uint64_t waiting = 0;  // in the buffer now
};

class Intake final : public MqttReceiver {
 public:
  struct Limits {
    std::size_t max_bytes = 16 * 1024 * 1024;  // in the buffer; then messages are refused
    std::size_t max_payload = 1024 * 1024;
    std::size_t high_water = 256 * 1024;  // wakes the loop even when it did not ask
  };

  /// `wake` runs on the MQTT thread.
  Intake(const RouteTable& routes, std::size_t rules, Limits limits, std::function<void()> wake);

  void on_message(const MqttMessage& message) noexcept override;  // MQTT thread

  /// Gives `take` everything that waits, oldest first. Loop thread, like all below.
  void drain(const std::function<void(const Reading&)>& take);
  /// Asks to be woken for the next message. False when some wait already: drain again.
  [[nodiscard]] bool arm();

  std::vector<IntakeCounts> counts() const;
  std::uint64_t messages() const;
  std::uint64_t unmatched() const;  ///< Of them, those that belong to no rule.
  std::size_t bytes() const;

 private:
  struct Header;
  void append(std::uint32_t rule, std::int64_t time, const MqttMessage& message);

  const RouteTable& routes_;
  const Limits limits_;
  const std::function<void()> wake_;
  std::vector<std::uint32_t> matched_;  // MQTT thread's own
  std::vector<char> draining_;          // loop's own

  mutable std::mutex mutex_;
  std::vector<char> buffer_;
  std::vector<IntakeCounts> counts_;  // by rule
  std::uint64_t messages_ = 0;
  std::uint64_t unmatched_ = 0;
  bool armed_ = false;
};

}  // namespace gateway
