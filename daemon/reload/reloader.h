// Changing the configuration while running: whole or not at all.
//
// A new configuration is read and checked as at the start, compared with the one in effect and
// applied; when applying it fails, what was in effect stays so. Credentials that change on disk
// take the same way, without the configuration being read.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/difference.h"
#include "config/load.h"
#include "config/settings.h"
#include "daemon/control/control_target.h"
#include "daemon/reload/file_digests.h"
#include "daemon/reload/file_watch.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread. `log` must outlive it.
class Reloader {
 public:
  struct Events {
    /// Reads the configuration anew.
    std::function<config::Loaded()> load{};
    /// Puts `next` into effect, which differs by `changes`. After an error all is as before.
    std::function<webpubsub::Result<void>(const Settings& next,
                                          const std::vector<config::Change>& changes)>
        apply{};
  };

  Reloader(webpubsub::net::EventLoop& loop, Settings settings, Events events, webpubsub::Log& log);

  /// What SIGHUP does.
  ReloadReport reload();

  ConfigSnapshot snapshot() const { return told_; }

 private:
  ReloadReport put_into_effect(Settings next);
  ReloadReport refuse(const std::vector<config::Problem>& problems);
  ReloadReport finish(ReloadReport report);
  void keep_what_waits(Settings& next, const std::vector<config::Change>& changes);
  std::vector<config::Change> difference(const Settings& next, FileDigests& held) const;
  void adopt(Settings next, FileDigests held);
  void warn_of_exposed();
  void watch_files(webpubsub::net::EventLoop& loop);
  void take_up(const std::vector<std::string>& files);
  void refuse_credentials(const std::vector<config::Problem>& problems);

  Events events_;
  webpubsub::Log& log_;
  Settings settings_;   // in effect
  FileDigests held_{};  // credential files, as they are in effect
  ConfigSnapshot told_{};
  std::vector<std::string> exposed_{};  // files that were warned of
  std::unique_ptr<FileWatch> files_{};  // nothing: the system does not let us watch
};

}  // namespace gateway
