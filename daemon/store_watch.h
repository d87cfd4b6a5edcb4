// The store as an operator knows it: opened when something needs it, and what happens to it told
// in the log.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "bridge/store/store.h"
#include "daemon/fill_rate.h"
#include "daemon/snapshot.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on the loop's thread. `loop` and `log` must outlive it.
class StoreWatch {
 public:
  /// `changed` runs when the store can be used, or cannot be used any more.
  StoreWatch(webpubsub::net::EventLoop& loop, StoreOptions options, webpubsub::Log& log,
             std::function<void()> changed);

  /// Told before something that may take long: what it is, and how many bytes it is about.
  using TellStep = std::function<void(const std::string& what, std::uint64_t bytes)>;

  Store& store() noexcept { return store_; }
  /// Opens it before it returns, as far as it can be opened at all. Unless that was done.
  void open_now(const TellStep& tell);
  /// The same, but on the store's own thread.
  void open_in_background();
  void set_options(const StoreOptions& options) { store_.set_options(options); }

  /// Warns when it fills up: at 50, 80 and 95 percent of the limit of a rule or of all together.
  /// To be called every few seconds.
  void look_at_levels(webpubsub::TimePoint now);

  StoreSnapshot snapshot() const;

 private:
  struct Level {
    unsigned percent = 0;  // the mark that was told
    FillRate rate{};
  };
  void on_changed();
  void tell_recovery(const StoreHealth& health);
  /// `taken`: how much of its limit, in percent.
  void look_at(const std::string& name, double taken, std::uint64_t bytes,
               webpubsub::TimePoint now);
  std::optional<std::chrono::milliseconds> time_to_full(const std::string& name) const;

  webpubsub::Log& log_;
  const std::function<void()> changed_;
  webpubsub::net::Waker waker_;
  bool opened_ = false;
  StoreHealth told_{};
  std::map<std::string, Level> levels_{};  // by rule, and "" for all together
  Store store_;
};

}  // namespace gateway
