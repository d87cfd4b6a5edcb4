// Which subscriptions the broker's session holds, so that the next process can give up those that
// no rule wants any more.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "bridge/mqtt/engine.h"
#include "bridge/store/state.h"

namespace gateway {

/// The loop's thread. `state` must outlive it; while the store cannot be used nothing is known.
class SessionMemory {
 public:
  explicit SessionMemory(State& state) : state_(state) {}

  /// What earlier processes asked for in the session of that client at that broker.
  std::vector<std::string> recall(const MqttOptions& session);
  /// The broker is about to be asked for these; what was there before may be there still.
  void add(const std::vector<MqttSubscription>& wanted);
  /// It holds these and no others.
  void set(const std::vector<MqttSubscription>& wanted);

 private:
  void write();

  State& state_;
  std::string session_{};
  std::set<std::string> filters_{};
};

}  // namespace gateway
