// What the service manager (systemd) is told: ready, status, stopping, and that we still move.
//
// Does nothing when no service manager asked for it, that is without NOTIFY_SOCKET and
// WATCHDOG_USEC in the environment. Source: sd_notify(3), sd_watchdog_enabled(3).

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "net/event_loop.h"

namespace gateway {

/// What hangs, in words; nothing while everything moves. The cloud or the broker being away is no
/// reason to be restarted. Must answer at once.
using ProgressCheck = std::function<std::optional<std::string>()>;

/// Used on the loop's thread, which has to serve for the watchdog to be fed.
class ServiceManager {
 public:
  ServiceManager(webpubsub::net::EventLoop& loop, webpubsub::Log& log)
      : log_(log), timer_(loop, [this] { feed(); }) {}

  /// Configuration is loaded and intake has been started, whether or not the cloud answers.
  void ready(const std::string& status);
  /// One line for `systemctl status`; sent when it differs from the last one.
  void status(const std::string& status);
  /// A reload begins; ready() ends it, also when the new configuration was refused.
  void reloading();
  void stopping(const std::string& status);
  /// A start or stop that still gets somewhere asks for this much more time.
  void extend_timeout(std::chrono::microseconds more);

  /// Starts feeding the watchdog, if there is one: twice per interval, and only while `check` finds
  /// that everything moves.
  void watch(ProgressCheck check);
  /// How often that is; nothing when no watchdog waits.
  std::optional<std::chrono::microseconds> feed_interval() const { return interval_; }

 private:
  void feed();

  webpubsub::Log& log_;
  webpubsub::net::Timer timer_;
  ProgressCheck check_{};
  std::optional<std::chrono::microseconds> interval_{};
  std::string status_{};
  bool withheld_ = false;
};

}  // namespace gateway
