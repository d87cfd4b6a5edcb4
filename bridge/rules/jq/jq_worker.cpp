#include "bridge/rules/jq/jq_worker.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/rules/jq/jq_engine.h"
#include "bridge/rules/jq/jq_process.h"

namespace gateway {

using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

constexpr unsigned kMostKills = 3;
constexpr auto kPause = std::chrono::seconds(10);
constexpr auto kStartTime = std::chrono::seconds(5);  // to fork and compile, on a busy machine
constexpr std::size_t kMaxAnswer = 5 * 1024 * 1024;
constexpr std::size_t kKeptAnswer = 256 * 1024;

/// Waits until `socket` is ready for `events`; false at the deadline.
bool wait_for(int socket, short events, TimePoint deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now());
    if (left.count() <= 0) return false;
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// After a call on `socket` failed: whether it only has to wait, and could.
bool may_go_on(int socket, short events, TimePoint deadline) {
  return (errno == EAGAIN || errno == EINTR) && wait_for(socket, events, deadline);
}

bool send_all(int socket, std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (!may_go_on(socket, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

/// Appends until `out` has `size` bytes.
bool receive(int socket, std::string& out, std::size_t size, TimePoint deadline) {
  std::array<char, 16 * 1024> buffer{};
  while (out.size() < size) {
    const auto wanted = std::min(buffer.size(), size - out.size());
    const auto got = ::recv(socket, buffer.data(), wanted, MSG_DONTWAIT);
    if (got > 0) {
      out.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || !may_go_on(socket, POLLIN, deadline)) {
      return false;
    }
  }
  return true;
}

}  // namespace

JqWorker::Ran JqWorker::run(const Decoded& readings, TimePoint now, Decoded& out) {
  if (now < paused_until_) return Ran::Killed;
  if (socket_ < 0 && !start()) return give_up(now);
  const auto ran = run_all(readings, out);
  if (answer_.capacity() > kKeptAnswer) answer_ = {};
  if (ran == Ran::Killed) return give_up(now);
  kills_ = 0;
  return ran;
}

/// One deadline for all: a message of many readings may not take the loop's time for each.
JqWorker::Ran JqWorker::run_all(const Decoded& readings, Decoded& out) {
  const auto deadline = steady_now() + program_.timeout;
  for (std::size_t i = 0; i < readings.size() && !out.overflowed(); ++i) {
    const auto ran = run_one(readings.json(i), readings.time(i), deadline, out);
    if (ran != Ran::Done) return ran;
    if (out.bytes() > JqEngine::kMaxBytes) return Ran::Failed;
  }
  return Ran::Done;
}

JqWorker::Ran JqWorker::run_one(std::string_view json, std::optional<std::int64_t> time,
                                TimePoint deadline, Decoded& out) {
  if (steady_now() >= deadline || !exchange(json, deadline)) return Ran::Killed;
  std::string_view rest = answer_;
  if (rest.empty() || rest.front() != kJqDone) return Ran::Failed;
  rest.remove_prefix(1);
  while (rest.size() >= kJqLength) {
    const auto size = jq_length(rest);
    rest.remove_prefix(kJqLength);
    if (size > rest.size()) return Ran::Killed;
    out.begin() += rest.substr(0, size);
    out.end(time);
    rest.remove_prefix(size);
  }
  return Ran::Done;
}

bool JqWorker::exchange(std::string_view json, TimePoint deadline) {
  answer_.clear();
  if (!send_all(socket_, jq_length_bytes(json.size()), deadline)) return false;
  if (!send_all(socket_, json, deadline)) return false;
  std::string length;
  if (!receive(socket_, length, kJqLength, deadline)) return false;
  const auto size = jq_length(length);
  return size <= kMaxAnswer && receive(socket_, answer_, size, deadline);
}

bool JqWorker::start() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return false;
  const auto parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) run_jq_process(program_, pair[1], parent);  // does not come back
  ::close(pair[1]);
  socket_ = pair[0];
  if (process_ < 0) {
    stop();
    return false;
  }
  // It says when it is ready, so that no reading pays for its start.
  std::string ready;
  return receive(socket_, ready, 1, steady_now() + kStartTime);
}

void JqWorker::stop() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  process_ = -1;
}

/// What it knew is lost with it; one that is killed again and again only costs time.
JqWorker::Ran JqWorker::give_up(TimePoint now) {
  stop();
  if (++kills_ >= kMostKills) {
    kills_ = 0;
    paused_until_ = now + kPause;
  }
  return Ran::Killed;
}

}  // namespace gateway
