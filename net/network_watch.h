// Tells when this machine's network has come back: an address or a route is new.

#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "net/event_loop.h"

namespace webpubsub::net {

/// The loop's thread. A change brings others with it, and machines that run containers know little
/// else: `on_return` runs a moment after the first, and once in ten seconds at most.
class NetworkWatch {
 public:
  /// Errors: Io where the kernel tells no news of the network.
  static Result<std::unique_ptr<NetworkWatch>> start(EventLoop& loop,
                                                     std::function<void()> on_return);
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;

 private:
  NetworkWatch(EventLoop& loop, std::function<void()> on_return);
  void read();
  void on_change();

  const std::function<void()> on_return_;
  int fd_ = -1;  // the watcher's to close
  Timer timer_;
  std::unique_ptr<FdWatcher> watcher_{};
  TimePoint next_{};  // before that nothing is told
};

}  // namespace webpubsub::net
