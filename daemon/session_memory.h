// Which subscriptions the broker's session holds, so that the next process can give up those that
// no rule wants any more.

#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bridge/mqtt/engine.h"
#include "bridge/store/state.h"

namespace gateway {

/// The loop's thread. `state` must outlive it; while the store cannot be used nothing is known.
class SessionMemory {
 public:
  /// `key`: where it is kept, one for each client id that we use at a time.
  explicit SessionMemory(State& state, std::string key = "mqtt/session")
      : state_(state), key_(std::move(key)) {}

  /// What earlier processes asked for in the session of that client at that broker; and this one,
  /// when the store can be read only now.
  std::vector<std::string> recall(const MqttOptions& session);
  /// The broker is about to be asked for these; what was there before may be there still.
  void add(const std::vector<MqttSubscription>& wanted);
  /// It holds these and no others.
  void set(const std::vector<MqttSubscription>& wanted);
  /// From now on it is that session's. Should the broker know it already, it may hold the same.
  void follow(const MqttOptions& session);
  /// What it may hold.
  std::vector<std::string> subscriptions() const { return {filters_.begin(), filters_.end()}; }
  /// There is no such session any more.
  void forget();

 private:
  void read();
  void write();

  State& state_;
  const std::string key_;
  bool recalled_ = false;  // what is there, and may be overwritten now
  std::string session_{};
  std::set<std::string> filters_{};
};

}  // namespace gateway
