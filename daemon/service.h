// The gateway as a process: with signals, status endpoint and service manager, from start to stop.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "config/difference.h"
#include "config/load.h"
#include "config/settings.h"
#include "daemon/control/control_server.h"
#include "daemon/control/control_target.h"
#include "daemon/gateway.h"
#include "daemon/heap_trim.h"
#include "daemon/logging/level_control.h"
#include "daemon/reload/reloader.h"
#include "daemon/service_manager.h"
#include "daemon/signals.h"
#include "daemon/status_server.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread, after block_signals(). `loop` and `log` must outlive it.
class Service {
 public:
  /// Errors: Io when an address cannot be listened on; InvalidArgument for settings that name
  /// something unusable.
  static webpubsub::Result<std::unique_ptr<Service>> create(webpubsub::net::EventLoop& loop,
                                                            Settings settings, webpubsub::Log& log);

  /// Reads the configuration by this when a reload is asked for; without it that is refused.
  void reload_from(std::function<config::Loaded()> load) { load_ = std::move(load); }

  /// Listens for the operator's verbs on a Unix socket at `path`, too. Errors: those of
  /// ControlServer::listen().
  webpubsub::Result<void> serve_control(const std::string& path);

  /// Serves until told to stop, and until that is done.
  void run();
  /// What TERM does: end intake, flush for a bounded time, disconnect.
  void stop();

  const Gateway& gateway() const noexcept { return *gateway_; }

 private:
  Service(webpubsub::net::EventLoop& loop, webpubsub::Log& log);
  SignalActions actions();
  GatewaySnapshot snapshot() const;
  ControlTarget control_target();
  webpubsub::Result<void> listen_for_status(const StatusSettings& status);
  ReloadReport reload();
  webpubsub::Result<void> apply(const Settings& next, const std::vector<config::Change>& changes);
  void stop_now();
  void tell_status();
  std::string status() const;
  void tell_summary();

  webpubsub::net::EventLoop& loop_;
  webpubsub::Log& log_;
  LevelControl level_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<StatusServer> status_server_;
  std::function<config::Loaded()> load_{};
  std::unique_ptr<Reloader> reloader_;
  const ControlTarget control_target_;
  std::unique_ptr<ControlServer> control_server_;
  std::unique_ptr<Signals> signals_;
  ServiceManager manager_;
  HeapTrim heap_{};
  webpubsub::net::Timer status_timer_;
  webpubsub::net::Timer summary_timer_;
  std::optional<std::string> stuck_{};  // as of the last look, a few seconds ago
  bool stopping_ = false;
};

}  // namespace gateway
