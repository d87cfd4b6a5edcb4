// What thinning rules know, kept in the store: a restart is no reason to send everything again.

#pragma once

#include <string>

#include "bridge/store/state.h"
#include "bridge/uplink/rule_lines.h"
#include "net/event_loop.h"

namespace gateway {

/// Flash wears out, so it is written every five minutes, where it has changed, and at the end: who
/// is killed goes on from what it knew then. Used on the loop's thread.
class KeptThinning {
 public:
  /// `state` must outlive this.
  KeptThinning(webpubsub::net::EventLoop& loop, State& state);

  /// Puts what was kept into the rules of `lines`, and keeps it from now on. `lines` must outlive
  /// this.
  void start(RuleLines& lines);
  void save();

 private:
  State& state_;
  RuleLines* lines_ = nullptr;
  webpubsub::net::Timer timer_;
};

}  // namespace gateway
