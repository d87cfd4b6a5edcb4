// What we want the broker to send us, and what it has been told so far.
//
// New filters are asked for before old ones are given up, so that no message falls between; what
// stays the same is not touched. One request at a time. Knows no socket: it says what to ask next
// and is told what came of it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bridge/mqtt/engine.h"

namespace gateway {

class HeldSubscriptions {
 public:
  static constexpr std::size_t kFiltersPerRequest = 32;

  explicit HeldSubscriptions(std::vector<MqttSubscription> wanted) : wanted_(std::move(wanted)) {}

  void want(std::vector<MqttSubscription> wanted);

  /// What an earlier process had told the broker: asked for again if wanted, so that its retained
  /// messages come, and given up if not.
  void remember(const std::vector<std::string>& filters);

  /// A new connection; with its session the broker kept what it had been told.
  void connected(bool session_present);

  /// What to subscribe to next; empty when everything wanted was asked for.
  std::span<const MqttSubscription> next_to_add();
  /// What to unsubscribe from next; to be asked for when there is nothing to add.
  std::span<const std::string> next_to_drop();
  /// Whether an answer is awaited; then nothing else may be asked.
  bool waits() const noexcept { return !adding_.empty() || !dropping_.empty(); }

  /// Whether the broker took `adding()[i]`, in that order. What it refused is asked for again on
  /// the next connection.
  void added(const std::vector<bool>& taken);
  std::span<const MqttSubscription> adding() const noexcept { return adding_; }
  /// What could not be dropped stays until the next connection, where it is tried again.
  void dropped(bool done);

 private:
  static constexpr std::uint8_t kUnknownQos = 0xFF;

  struct Held {
    std::uint8_t qos = kUnknownQos;
    bool retained = false;  // what the broker has kept came
  };
  std::vector<MqttSubscription> wanted_;
  std::map<std::string, Held> held_{};  // by filter, as the broker took them
  std::set<std::string> refused_{};     // on this connection, to be added or dropped
  std::vector<MqttSubscription> adding_{};
  std::vector<std::string> dropping_{};
};

}  // namespace gateway
