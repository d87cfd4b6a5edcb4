// The event loop: one thread, one libwebsockets context, everything of a process hangs on it.
//
// Sockets, timers, wake-ups from other threads and deferred work all call back on the thread that
// runs the loop. Nothing here may be used from another thread unless its comment says so.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace webpubsub::net {

class EventLoop {
 public:
  /// Errors: Internal or Io when the system gives no descriptors.
  static Result<std::unique_ptr<EventLoop>> create(Log& log);
  ~EventLoop();  // after every socket, server, timer and waker made on it is gone
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Serves until stop(). May be called again afterwards.
  void run();
  /// Ends run() soon. Any thread, also from a signal-free callback of the loop itself.
  void stop() noexcept;
  /// Serves what is ready and returns: for tests that drive the loop until a condition holds.
  /// Waits at most `timeout` for something to happen.
  void run_once(std::chrono::milliseconds timeout);

  /// Runs `task` on the loop once the current callback has returned: the place to destroy an
  /// object from inside its own callback.
  void defer(std::function<void()> task);

  /// Grows by one each time the loop comes round: what a watchdog looks at.
  std::uint64_t laps() const noexcept;

  class Impl;
  Impl& impl() noexcept { return *impl_; }  // for net/ itself

 private:
  explicit EventLoop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A one-shot timer. All timers share one timerfd; libwebsockets' own ones spin.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> on_expiry);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Arms it, replacing an earlier deadline. May be called from its own callback.
  void start_at(TimePoint deadline);
  void start_after(Duration wait) { start_at(steady_now() + wait); }
  void cancel();
  std::optional<TimePoint> deadline() const;

 private:
  friend class EventLoop;
  struct Entry;
  EventLoop& loop_;
  std::unique_ptr<Entry> entry_;
};

/// Calls `on_wake` on the loop after wake() was called on any thread; several wakes may meet in
/// one call.
class Waker {
 public:
  Waker(EventLoop& loop, std::function<void()> on_wake);
  ~Waker();  // no thread may be inside wake() or call it later
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void wake() noexcept;  ///< Any thread.

 private:
  struct Entry;
  EventLoop& loop_;
  std::unique_ptr<Entry> entry_;
};

/// Calls `on_readable` while `fd` has something to read. Takes the descriptor over and closes it.
class FdWatcher {
 public:
  static Result<std::unique_ptr<FdWatcher>> watch(EventLoop& loop, int fd,
                                                  std::function<void()> on_readable);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

 private:
  struct Entry;
  explicit FdWatcher(std::unique_ptr<Entry> entry);
  std::unique_ptr<Entry> entry_;
};

}  // namespace webpubsub::net
