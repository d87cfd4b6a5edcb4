#include "daemon/service_manager.h"

#include <cstdint>
#include <utility>

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "daemon/logging/printable.h"

namespace gateway {
namespace {

using webpubsub::LogLevel;

/// Never fatal: 0 without a service manager, and one that cannot be reached restarts us anyway.
void notify(const std::string& state) { sd_notify(0, state.c_str()); }

/// Variables of the protocol end at a newline, so a status must not hold one.
std::string status_variable(const std::string& status) { return "STATUS=" + printable(status); }

std::string monotonic_now() {
  const auto now = webpubsub::steady_now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

void ServiceManager::ready(const std::string& status) {
  status_ = status;
  notify("READY=1\n" + status_variable(status));
}

void ServiceManager::status(const std::string& status) {
  if (status == status_) return;
  status_ = status;
  notify(status_variable(status));
}

void ServiceManager::reloading() {
  // The timestamp is what Type=notify-reload (systemd 253) asks for; 252 passes over it.
  notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic_now());
}

void ServiceManager::stopping(const std::string& status) {
  status_ = status;
  notify("STOPPING=1\n" + status_variable(status));
}

void ServiceManager::extend_timeout(std::chrono::microseconds more) {
  notify("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count()));
}

void ServiceManager::watch(ProgressCheck check) {
  check_ = std::move(check);
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(0, &limit) <= 0) return;
  interval_ = std::chrono::microseconds(limit / 2);
  feed();
}

void ServiceManager::feed() {
  const std::optional<std::string> stuck = check_();
  if (!stuck) {
    notify("WATCHDOG=1");
    if (withheld_) log_.write(LogLevel::Notice, "watchdog.moving", "everything moves again");
  } else if (!withheld_) {
    log_.write(LogLevel::Error, "watchdog.withheld",
               "the service manager will restart us unless this moves: " + *stuck);
  }
  withheld_ = stuck.has_value();
  timer_.start_after(*interval_);
}

}  // namespace gateway
