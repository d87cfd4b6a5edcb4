#include "bridge/rules/jq/jq_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/rules/jq/jq_process.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

constexpr auto kStartTime = std::chrono::seconds(5);  // to fork and compile, on a busy machine
constexpr std::size_t kMaxAnswer = 5 * 1024 * 1024;

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
bool receive_bytes(int socket, std::string& out, std::size_t size, TimePoint deadline) {
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

Result<JqChild> JqChild::start(const JqProgram& program) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return Error{Errc::Io, std::string("no socket for a jq process: ") +
                               std::generic_category().message(errno)};
  }
  const auto parent = ::getpid();
  const auto process = ::fork();
  if (process == 0) run_jq_process(program, pair[1], parent);  // does not come back
  const int failure = errno;
  ::close(pair[1]);
  JqChild child(process, pair[0]);
  if (process < 0) {
    return Error{Errc::Io,
                 std::string("no process for jq: ") + std::generic_category().message(failure)};
  }
  // It says when it is ready, so that no reading pays for its start.
  std::string wrong;
  if (!child.receive(wrong, steady_now() + kStartTime)) {
    return Error{Errc::InvalidArgument, "jq takes too much memory or time to read this program"};
  }
  if (!wrong.empty()) return Error{Errc::InvalidArgument, "no jq program: " + wrong};
  return child;
}

JqChild::~JqChild() {
  if (socket_ >= 0) ::close(socket_);
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool JqChild::exchange(std::string_view json, std::string& answer, TimePoint deadline) {
  return send_all(socket_, jq_length_bytes(json.size()), deadline) &&
         send_all(socket_, json, deadline) && receive(answer, deadline);
}

bool JqChild::receive(std::string& answer, TimePoint deadline) {
  answer.clear();
  std::string length;
  if (!receive_bytes(socket_, length, kJqLength, deadline)) return false;
  const auto size = jq_length(length);
  return size <= kMaxAnswer && receive_bytes(socket_, answer, size, deadline);
}

}  // namespace gateway
