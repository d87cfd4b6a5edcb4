#include "net/event_loop_impl.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "net/client_vhost.h"
#include "net/plain_streams.h"
#include "net/resolver.h"

namespace webpubsub::net {

namespace {

// lws sizes two tables by the limit on open files and touches all of them: 16 bytes a descriptor.
constexpr rlim_t kMaxDescriptors = 16'384;
// Bounds a client's request head and what one read takes.
constexpr unsigned kServiceBuffer = 32 * 1024;
// Longest head of a response a client reads.
constexpr unsigned short kMaxHead = 16 * 1024;
// Ours are shorter; this is what lws falls back to on its own.
constexpr unsigned kLwsTimeoutSeconds = 120;

thread_local EventLoop::Impl* serving = nullptr;  // whose lap this thread is in, for log lines

/// Sets whose loop lws' log lines belong to while in scope.
class Serving {
 public:
  explicit Serving(EventLoop::Impl* impl) : outer_(serving) { serving = impl; }
  ~Serving() { serving = outer_; }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

 private:
  EventLoop::Impl* outer_;
};

/// Lowers the soft limit on open files while lws makes its tables.
class DescriptorLimit {
 public:
  DescriptorLimit() {
    if (::getrlimit(RLIMIT_NOFILE, &before_) != 0 || before_.rlim_cur <= kMaxDescriptors) return;
    rlimit lowered = before_;
    lowered.rlim_cur = kMaxDescriptors;
    lowered_ = ::setrlimit(RLIMIT_NOFILE, &lowered) == 0;
  }
  ~DescriptorLimit() {
    if (lowered_) ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
  bool lowered_ = false;
};

Error system_error(const char* what) {
  return Error{Errc::Io, std::string(what) + ": " + std::generic_category().message(errno)};
}

void empty_counter(int fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got =
      ::read(fd, &count, sizeof(count));  // EAGAIN: somebody was faster
}

}  // namespace

lws_context_creation_info vhost_settings(const char* name) {
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.vhost_name = name;
  info.protocols = protocols();
  info.extensions = nullptr;  // permessage-deflate of these versions crashes and spins
  // Port 0 turns the proxy off, or lws would take one from the environment.
  info.http_proxy_address = "none:0";
  info.keepalive_timeout = 0;
  info.connect_timeout_secs = kLwsTimeoutSeconds;
  return info;
}

Result<void> WatchedFd::adopt(lws_vhost* vhost, int fd) {
  lws_adopt_desc_t adopt{};
  adopt.vh = vhost;
  adopt.type = LWS_ADOPT_RAW_FILE_DESC;
  adopt.fd.filefd = fd;
  adopt.vh_prot_name = kProtocolName;
  adopt.opaque = static_cast<LwsHandler*>(this);
  wsi_ = lws_adopt_descriptor_vhost_via_info(&adopt);
  if (wsi_ == nullptr) return Error{Errc::Io, "no room to watch another descriptor"};
  return {};
}

int WatchedFd::on_lws(lws* wsi, lws_callback_reasons reason, void* in, std::size_t len) {
  static_cast<void>(wsi);
  static_cast<void>(in);
  static_cast<void>(len);
  if (reason == LWS_CALLBACK_RAW_RX_FILE) on_readable_();
  if (reason == LWS_CALLBACK_WSI_DESTROY) wsi_ = nullptr;
  return 0;
}

EventLoop::Impl::Impl(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}

EventLoop::Impl::~Impl() {
  const Serving scope(this);
  resolver_.reset();
  client_vhosts_.reset();
  // Not run: what they refer to may be gone. What they own goes while there is a context.
  while (!deferred_.empty()) std::vector<std::function<void()>>().swap(deferred_);
  timer_watch_.reset();
  wake_watch_.reset();
  clear_buried();
  plain_streams_.reset();
  if (context_ != nullptr) lws_context_destroy(context_);
}

Result<void> EventLoop::Impl::create_context() {
  // Process-wide and idempotent. Errors and warnings only: lower levels carry request data.
  lws_set_log_level(LLL_ERR | LLL_WARN, &EventLoop::Impl::on_lws_log);
  lws_context_creation_info info = vhost_settings("base");
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.pt_serv_buf_size = kServiceBuffer;
  info.max_http_header_data = kMaxHead;
  info.timeout_secs = kLwsTimeoutSeconds;
  info.count_threads = 1;
  const DescriptorLimit limit;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) return Error{Errc::Internal, "libwebsockets gave no context"};
  info.options = 0;  // no TLS on the base vhost, or it would load the system's certificates
  base_vhost_ = lws_create_vhost(context_, &info);
  if (base_vhost_ == nullptr) return Error{Errc::Internal, "libwebsockets gave no vhost"};
  return {};
}

Result<void> EventLoop::Impl::open() {
  const Serving scope(this);
  if (auto made = create_context(); !made) return made;
  client_vhosts_ = std::make_unique<ClientVhosts>(loop_);

  timer_fd_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_fd_ < 0) return system_error("timerfd_create");
  timer_watch_ = std::make_unique<WatchedFd>([this] { expire_timers(); });
  if (auto watched = timer_watch_->adopt(base_vhost_, timer_fd_); !watched) return watched;

  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) return system_error("eventfd");
  wake_watch_ = std::make_unique<WatchedFd>([this] { run_wakers(); });
  if (auto watched = wake_watch_->adopt(base_vhost_, wake_fd_); !watched) return watched;

  plain_streams_ = std::make_unique<PlainStreams>();
  return plain_streams_->open(loop_);
}

void EventLoop::Impl::lap(bool wait) {
  const Serving scope(this);
  run_deferred();
  run_ends_of_lap();
  arm_timerfd();
  const bool idle = deferred_.empty() && ends_of_lap_.empty();
  // lws ignores the value: 0 waits until something happens, -1 does not wait.
  lws_service(context_, wait && idle ? 0 : -1);
  run_ends_of_lap();
  clear_buried();
  laps.fetch_add(1, std::memory_order_relaxed);
}

void EventLoop::Impl::clear_buried() {
  std::vector<std::shared_ptr<void>> remains;
  while (!buried_.empty()) {  // what goes may bury its own parts
    remains.swap(buried_);
    remains.clear();
  }
}

void EventLoop::Impl::run_deferred() {
  std::vector<std::function<void()>> tasks;
  tasks.swap(deferred_);  // what these defer waits for the next lap
  for (auto& task : tasks) task();
  tasks.clear();
  if (deferred_.empty()) deferred_.swap(tasks);  // keeps the memory
}

// What these ask for waits for the next time, so that one socket cannot keep the lap to itself.
void EventLoop::Impl::run_ends_of_lap() {
  ending_.swap(ends_of_lap_);
  for (std::size_t i = 0; i < ending_.size(); ++i) {
    EndOfLap* end = ending_[i];
    if (end == nullptr) continue;
    ending_[i] = nullptr;
    end->asked_ = false;
    end->task_();
  }
  ending_.clear();
}

void EventLoop::Impl::remove_end_of_lap(EndOfLap& end) {
  std::erase(ends_of_lap_, &end);
  std::replace(ending_.begin(), ending_.end(), &end, static_cast<EndOfLap*>(nullptr));
}

EndOfLap::~EndOfLap() {
  if (asked_) loop_.impl().remove_end_of_lap(*this);
}

void EndOfLap::ask() {
  if (asked_) return;
  asked_ = true;
  loop_.impl().add_end_of_lap(*this);
}

void EventLoop::Impl::start_timer(TimerEntry& entry, TimePoint deadline) {
  if (entry.deadline == deadline) return;
  if (entry.deadline) {
    auto node = timers_.extract({*entry.deadline, &entry});
    node.value().first = deadline;
    timers_.insert(std::move(node));
  } else if (!spare_nodes_.empty()) {
    auto node = std::move(spare_nodes_.back());
    spare_nodes_.pop_back();
    node.value() = {deadline, &entry};
    timers_.insert(std::move(node));
  } else {
    timers_.insert({deadline, &entry});
  }
  entry.deadline = deadline;
}

void EventLoop::Impl::cancel_timer(TimerEntry& entry) {
  if (!entry.deadline) return;
  constexpr std::size_t kSpareNodes = 32;
  auto node = timers_.extract({*entry.deadline, &entry});
  if (spare_nodes_.size() < kSpareNodes) spare_nodes_.push_back(std::move(node));
  entry.deadline.reset();
}

// A timerfd set too early costs one idle lap, setting it anew costs a system call every lap: so it
// is only ever moved forward in time here, and left alone when the first timer was cancelled.
void EventLoop::Impl::arm_timerfd() {
  if (timers_.empty()) return;
  const TimePoint first = timers_.begin()->first;
  if (armed_ && *armed_ <= first) return;
  constexpr std::chrono::nanoseconds kFar = std::chrono::hours(24 * 365 * 50);  // 32 bits hold it
  const auto since_boot =
      std::clamp(std::chrono::duration_cast<std::chrono::nanoseconds>(first.time_since_epoch()),
                 std::chrono::nanoseconds(1), kFar);
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<std::time_t>(since_boot.count() / kNanosecondsPerSecond);
  when.it_value.tv_nsec = static_cast<long>(since_boot.count() % kNanosecondsPerSecond);
  if (::timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &when, nullptr) == 0) armed_ = first;
}

void EventLoop::Impl::expire_timers() {
  empty_counter(timer_fd_);
  armed_.reset();
  const TimePoint now = steady_now();
  // At most one round: a timer that arms itself for "now" must not keep us here.
  for (std::size_t left = timers_.size(); left > 0 && !timers_.empty(); --left) {
    const auto [deadline, entry] = *timers_.begin();
    if (deadline > now) return;
    cancel_timer(*entry);
    entry->on_expiry();
  }
}

void EventLoop::Impl::remove_waker(WakerEntry& entry) {
  std::replace(wakers_.begin(), wakers_.end(), &entry, static_cast<WakerEntry*>(nullptr));
}

void EventLoop::Impl::ring() noexcept {
  const std::uint64_t one = 1;
  // EAGAIN: it is ringing already
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof(one));
}

void EventLoop::Impl::run_wakers() {
  empty_counter(wake_fd_);
  for (std::size_t i = 0; i < wakers_.size(); ++i) {  // callbacks may add wakers
    WakerEntry* waker = wakers_[i];
    if (waker != nullptr && waker->pending.exchange(false)) waker->on_wake();
  }
  std::erase(wakers_, nullptr);
}

Resolver& EventLoop::Impl::resolver() {
  if (!resolver_) resolver_ = std::make_unique<Resolver>(loop_);
  return *resolver_;
}

void EventLoop::Impl::on_lws_log(int level, const char* line) {
  if (serving == nullptr || level > LLL_WARN) return;
  std::string_view text(line);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  // Each of these ends in an error of ours that says what it means; the line helps to dig deeper.
  serving->log_.burst(steady_now(), LogLevel::Debug, "net.libwebsockets", text);
}

}  // namespace webpubsub::net
