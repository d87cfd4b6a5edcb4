#include "net/plain_streams.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "net/event_loop_impl.h"

namespace webpubsub::net {

namespace {

constexpr std::size_t kReadSize = 32 * 1024;

bool would_block(int reason) { return reason == EAGAIN || reason == EWOULDBLOCK; }

}  // namespace

Result<void> PlainStreams::open(EventLoop& loop) {
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) {
    return Error{Errc::Io, "epoll_create1: " + std::generic_category().message(errno)};
  }
  input_.resize(kReadSize);
  auto watcher = FdWatcher::watch(loop, epoll_fd_, [this] { serve(); });
  if (!watcher) return watcher.error();
  watcher_ = std::move(*watcher);
  return {};
}

bool PlainStreams::add(PlainStream& stream) {
  epoll_event event{};
  event.events = stream.applied_ = stream.wanted_events();
  event.data.ptr = &stream;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, stream.fd_, &event) == 0;
}

void PlainStreams::change(PlainStream& stream) {
  epoll_event event{};
  event.events = stream.applied_;
  event.data.ptr = &stream;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, stream.fd_, &event);
}

void PlainStreams::remove(PlainStream& stream) {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, stream.fd_, nullptr);
  for (int i = 0; i < ready_; ++i) {  // it may be among those being served
    auto& event = events_.at(static_cast<std::size_t>(i));
    if (event.data.ptr == &stream) event.data.ptr = nullptr;
  }
}

// Once round: what is ready then waits for the next lap, so that timers and others have their turn.
void PlainStreams::serve() {
  ready_ = ::epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = 0; i < ready_; ++i) {
    const epoll_event event = events_.at(static_cast<std::size_t>(i));
    if (event.data.ptr == nullptr) continue;
    static_cast<PlainStream*>(event.data.ptr)->serve(event.events, input_);
  }
  ready_ = 0;
}

PlainStream::~PlainStream() {
  streams_.remove(*this);
  ::close(fd_);
}

std::uint32_t PlainStream::wanted_events() const noexcept {
  if (lost_) return 0;
  return (paused_ ? 0U : static_cast<std::uint32_t>(EPOLLIN)) |
         (room_wanted_ || !backlog_.empty() ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
}

void PlainStream::apply() {
  if (const std::uint32_t wanted = wanted_events(); wanted != applied_) {
    applied_ = wanted;
    streams_.change(*this);
  }
}

void PlainStream::serve(std::uint32_t ready, std::vector<unsigned char>& input) {
  const Lifetime::Guard guard(lifetime_);
  // A connection that was reset says so whether anybody reads or not.
  const bool broken = (ready & (EPOLLERR | EPOLLHUP)) != 0;
  if (broken && paused_) return lose();
  if (broken || (ready & EPOLLIN) != 0) read(input);
  if (guard.gone() || lost_) return;
  if ((ready & EPOLLOUT) != 0) make_room();
}

void PlainStream::read(std::vector<unsigned char>& input) {
  const ssize_t count = ::recv(fd_, input.data(), input.size(), 0);
  if (count > 0) return handler().on_bytes(input.data(), static_cast<std::size_t>(count));
  if (count < 0 && (would_block(errno) || errno == EINTR)) return;
  lose();
}

void PlainStream::make_room() {
  while (!backlog_.empty()) {
    const ssize_t sent = ::send(fd_, backlog_.data(), backlog_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (would_block(errno) || errno == EINTR) return;
      return lose();
    }
    backlog_.consume(static_cast<std::size_t>(sent));
  }
  room_wanted_ = false;
  const Lifetime::Guard guard(lifetime_);
  const bool good = handler().on_room();
  if (guard.gone()) return;
  if (!good) return lose();
  apply();
}

void PlainStream::lose() {
  if (std::exchange(lost_, true)) return;
  apply();
  handler().on_lost();
}

bool PlainStream::write(unsigned char* bytes, std::size_t count) {
  if (lost_) return false;
  std::size_t sent = 0;
  if (backlog_.empty()) {
    const ssize_t taken = ::send(fd_, bytes, count, MSG_NOSIGNAL);
    if (taken < 0 && !would_block(errno) && errno != EINTR) return false;
    sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
  }
  if (sent < count) std::memcpy(backlog_.append(count - sent), bytes + sent, count - sent);
  if (!backlog_.empty()) apply();
  return true;
}

void PlainStream::want_room() {
  room_wanted_ = true;
  apply();
}

void PlainStream::pause_reading(bool paused) {
  paused_ = paused;
  apply();
}

void PlainStream::end_writing() { ::shutdown(fd_, SHUT_WR); }

std::unique_ptr<Stream> make_plain_stream(EventLoop& loop, int fd, StreamHandler& handler) {
  PlainStreams& streams = loop.impl().plain_streams();
  auto stream = std::make_unique<PlainStream>(streams, fd);
  stream->set_handler(handler);
  if (!streams.add(*stream)) return nullptr;
  return stream;
}

}  // namespace webpubsub::net
