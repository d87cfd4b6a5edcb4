// What the event loop is made of, for the files of net/.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/log.h"
#include "net/event_loop.h"
#include "net/lws_glue.h"

namespace webpubsub::net {

class PlainStreams;
class Resolver;
class ClientVhosts;

struct TimerEntry {
  std::function<void()> on_expiry{};
  std::optional<TimePoint> deadline{};
};

struct WakerEntry {
  std::function<void()> on_wake{};
  std::atomic<bool> pending{false};
};

/// Runs a task once the callbacks of the current lap are done, however often it was asked to: what
/// they queued for a socket leaves then, without a further lap to hear that there is room.
class EndOfLap {
 public:
  EndOfLap(EventLoop& loop, std::function<void()> task) : loop_(loop), task_(std::move(task)) {}
  ~EndOfLap();
  EndOfLap(const EndOfLap&) = delete;
  EndOfLap& operator=(const EndOfLap&) = delete;

  void ask();

 private:
  friend class EventLoop::Impl;
  EventLoop& loop_;
  const std::function<void()> task_;  // may destroy us
  bool asked_ = false;
};

/// A descriptor in lws' poll set, such as the timerfd. Takes the descriptor over.
class WatchedFd final : public LwsHandler {
 public:
  explicit WatchedFd(std::function<void()> on_readable) : on_readable_(std::move(on_readable)) {}
  ~WatchedFd() { let_go(); }
  WatchedFd(const WatchedFd&) = delete;
  WatchedFd& operator=(const WatchedFd&) = delete;

  Result<void> adopt(lws_vhost* vhost, int fd);
  /// No callback after this one; the descriptor closes on the next lap.
  void let_go() noexcept {
    drop_connection(wsi_);
    wsi_ = nullptr;
  }
  int on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) override;

 private:
  std::function<void()> on_readable_;
  lws* wsi_ = nullptr;
};

class EventLoop::Impl {
 public:
  Impl(EventLoop& loop, Log& log);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> open();
  /// One turn; waits for something to happen when `wait`.
  void lap(bool wait);

  void start_timer(TimerEntry& entry, TimePoint deadline);
  void cancel_timer(TimerEntry& entry);
  void add_waker(WakerEntry& entry) { wakers_.push_back(&entry); }
  void remove_waker(WakerEntry& entry);
  void ring() noexcept;  // any thread: ends the wait

  void add_end_of_lap(EndOfLap& end) { ends_of_lap_.push_back(&end); }
  void remove_end_of_lap(EndOfLap& end);

  void defer(std::function<void()> task) { deferred_.push_back(std::move(task)); }
  /// Keeps something that may be on the stack alive until the current lap is over.
  void bury(std::shared_ptr<void> remains) { buried_.push_back(std::move(remains)); }

  lws_context* context() noexcept { return context_; }
  lws_vhost* base_vhost() noexcept { return base_vhost_; }
  Log& log() noexcept { return log_; }
  Resolver& resolver();
  PlainStreams& plain_streams() { return *plain_streams_; }
  ClientVhosts& client_vhosts() { return *client_vhosts_; }
  /// Room for one gathered write, shared because writes never nest.
  std::vector<unsigned char>& scratch() noexcept { return scratch_; }

  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> laps{0};

  static void on_lws_log(int level, const char* line);

 private:
  Result<void> create_context();
  void run_deferred();
  void run_ends_of_lap();
  void clear_buried();
  void arm_timerfd();
  void expire_timers();
  void run_wakers();

  EventLoop& loop_;
  Log& log_;
  lws_context* context_ = nullptr;
  lws_vhost* base_vhost_ = nullptr;  // descriptors, plain-text servers
  std::unique_ptr<WatchedFd> timer_watch_;
  std::unique_ptr<WatchedFd> wake_watch_;
  int timer_fd_ = -1;  // owned by timer_watch_
  int wake_fd_ = -1;   // owned by wake_watch_
  std::set<std::pair<TimePoint, TimerEntry*>> timers_;
  std::vector<decltype(timers_)::node_type> spare_nodes_;  // arming a timer must not allocate
  std::optional<TimePoint> armed_;                         // what the timerfd is set to
  std::vector<WakerEntry*> wakers_;                        // null: removed while they ran
  std::vector<std::function<void()>> deferred_;
  std::vector<EndOfLap*> ends_of_lap_;
  std::vector<EndOfLap*> ending_;  // those being run; null: removed meanwhile
  std::vector<std::shared_ptr<void>> buried_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<ClientVhosts> client_vhosts_;
  std::unique_ptr<PlainStreams> plain_streams_;
  std::vector<unsigned char> scratch_;
};

/// Settings every vhost starts from; `name` must outlive the call only.
lws_context_creation_info vhost_settings(const char* name);

}  // namespace webpubsub::net
