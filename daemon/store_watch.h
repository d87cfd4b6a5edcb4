// The store as an operator knows it: opened when something needs it, and what happens to it told
// in the log.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "bridge/store/store.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread. `loop` and `log` must outlive it.
class StoreWatch {
 public:
  /// `changed` runs when the store can be used, or cannot be used any more.
  StoreWatch(webpubsub::net::EventLoop& loop, StoreOptions options, webpubsub::Log& log,
             std::function<void()> changed);

  Store& store() noexcept { return store_; }
  /// Opens it, unless that was done. `wait`: before it returns, as far as it can be opened at all.
  void open(bool wait);
  void set_options(const StoreOptions& options) { store_.set_options(options); }

  /// Warns when it fills up: at 50, 80 and 95 percent of the limit of a rule or of all together.
  /// To be called every few seconds.
  void look_at_levels(webpubsub::TimePoint now);

  StoreSnapshot snapshot() const;

 private:
  struct Level {
    unsigned percent = 0;  // the mark that was told
    std::uint64_t used = 0;
    webpubsub::TimePoint at{};
  };
  void on_changed();
  void tell_recovery(const StoreHealth& health);
  void look_at(const std::string& name, std::uint64_t used, std::uint64_t limit,
               webpubsub::TimePoint now);

  webpubsub::Log& log_;
  const std::function<void()> changed_;
  webpubsub::net::Waker waker_;
  bool opened_ = false;
  StoreHealth told_{};
  std::map<std::string, Level> levels_{};  // by rule, and "" for all together
  Store store_;
};

}  // namespace gateway
