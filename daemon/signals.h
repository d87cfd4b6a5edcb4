// Signals as events of the loop.

#pragma once

#include <functional>
#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace gateway {

/// Blocks every signal that Signals reads, and ignores SIGPIPE and SIGXFSZ. Call it first in
/// main(): threads inherit the mask of the one that makes them, and one that does not block SIGTERM
/// dies of it. Errors: Internal.
webpubsub::Result<void> block_signals();

/// What each signal asks for. An empty one leaves its signal without effect.
struct SignalActions {
  std::function<void()> stop{};      // TERM or INT: stop intake, flush for a bounded time, exit 0
  std::function<void()> stop_now{};  // a second TERM or INT: skip the flush
  std::function<void()> reload{};    // HUP
  std::function<void()> report{};    // USR1: status to the log
  std::function<void()> speak_up{};  // USR2: debug level for a limited time
};

/// Used on the loop's thread, after block_signals().
class Signals {
 public:
  /// Errors: Io when the system gives no descriptor.
  static webpubsub::Result<std::unique_ptr<Signals>> listen(webpubsub::net::EventLoop& loop,
                                                            SignalActions actions,
                                                            webpubsub::Log& log);

 private:
  Signals(int fd, SignalActions actions, webpubsub::Log& log)
      : fd_(fd), actions_(std::move(actions)), log_(log) {}
  void read();
  void act(int signal);

  int fd_;  // the watcher's to close
  SignalActions actions_;
  webpubsub::Log& log_;
  bool stop_asked_ = false;
  std::unique_ptr<webpubsub::net::FdWatcher> watcher_{};
};

}  // namespace gateway
