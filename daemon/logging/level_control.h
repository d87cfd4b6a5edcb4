// The log's level while the program runs: raised for a time to look closer, and back by itself.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread. `log` must outlive it.
class LevelControl {
 public:
  LevelControl(webpubsub::net::EventLoop& loop, webpubsub::Log& log);

  /// Logs at `level` from now on: for `duration`, after which the usual level is back, or, without
  /// one, as the usual level until the next change. Each change is an entry of the log, as far as
  /// one of the two levels lets it through.
  void set_level(webpubsub::LogLevel level, std::optional<std::chrono::milliseconds> duration);

  /// What the configuration says, after a reload. A level that was raised for a time stays for it.
  void set_usual(webpubsub::LogLevel level);

 private:
  void change_to(webpubsub::LogLevel level, std::optional<std::chrono::milliseconds> duration);

  webpubsub::Log& log_;
  webpubsub::LogLevel usual_;
  bool raised_ = false;  // for a time: the timer runs
  webpubsub::net::Timer back_;
};

}  // namespace gateway
