#include "net/event_loop.h"

#include <utility>

#include <unistd.h>

#include "net/event_loop_impl.h"

namespace webpubsub::net {

EventLoop::EventLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLoop::~EventLoop() = default;

Result<std::unique_ptr<EventLoop>> EventLoop::create(Log& log) {
  std::unique_ptr<EventLoop> loop(new EventLoop(nullptr));
  loop->impl_ = std::make_unique<Impl>(*loop, log);
  if (auto opened = loop->impl_->open(); !opened) return opened.error();
  return loop;
}

void EventLoop::run() {
  while (!impl_->stopping.exchange(false)) impl_->lap(true);
}

void EventLoop::stop() noexcept {
  impl_->stopping.store(true);
  impl_->ring();
}

void EventLoop::run_once(std::chrono::milliseconds timeout) {
  if (timeout.count() <= 0) {
    impl_->lap(false);
    return;
  }
  TimerEntry limit{[] {}, std::nullopt};
  impl_->start_timer(limit, steady_now() + timeout);
  impl_->lap(true);
  impl_->cancel_timer(limit);
}

void EventLoop::defer(std::function<void()> task) { impl_->defer(std::move(task)); }

std::uint64_t EventLoop::laps() const noexcept {
  return impl_->laps.load(std::memory_order_relaxed);
}

struct Timer::Entry : TimerEntry {};

Timer::Timer(EventLoop& loop, std::function<void()> on_expiry)
    : loop_(loop), entry_(std::make_unique<Entry>()) {
  entry_->on_expiry = std::move(on_expiry);
}

Timer::~Timer() {
  cancel();
  // It may be our own callback that destroys us.
  loop_.impl().bury(std::shared_ptr<Entry>(std::move(entry_)));
}

void Timer::start_at(TimePoint deadline) { loop_.impl().start_timer(*entry_, deadline); }
void Timer::cancel() { loop_.impl().cancel_timer(*entry_); }
std::optional<TimePoint> Timer::deadline() const { return entry_->deadline; }

struct Waker::Entry : WakerEntry {};

Waker::Waker(EventLoop& loop, std::function<void()> on_wake)
    : loop_(loop), entry_(std::make_unique<Entry>()) {
  entry_->on_wake = std::move(on_wake);
  loop_.impl().add_waker(*entry_);
}

Waker::~Waker() {
  loop_.impl().remove_waker(*entry_);
  loop_.impl().bury(std::shared_ptr<Entry>(std::move(entry_)));
}

void Waker::wake() noexcept {
  if (!entry_->pending.exchange(true)) loop_.impl().ring();
}

struct FdWatcher::Entry {
  EventLoop& loop;
  std::shared_ptr<WatchedFd> watched;
};

FdWatcher::FdWatcher(std::unique_ptr<Entry> entry) : entry_(std::move(entry)) {}

Result<std::unique_ptr<FdWatcher>> FdWatcher::watch(EventLoop& loop, int fd,
                                                    std::function<void()> on_readable) {
  auto watched = std::make_shared<WatchedFd>(std::move(on_readable));
  if (auto adopted = watched->adopt(loop.impl().base_vhost(), fd); !adopted) return adopted.error();
  auto entry = std::unique_ptr<Entry>(new Entry{loop, std::move(watched)});
  return std::unique_ptr<FdWatcher>(new FdWatcher(std::move(entry)));
}

FdWatcher::~FdWatcher() {
  entry_->watched->let_go();
  entry_->loop.impl().bury(std::move(entry_->watched));
}

}  // namespace webpubsub::net
