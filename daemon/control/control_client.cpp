#include "daemon/control/control_client.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;
using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::steady_now;
using webpubsub::TimePoint;

class Connection {
 public:
  Connection(std::string path, milliseconds limit)
      : path_(std::move(path)), deadline_(steady_now() + limit) {}
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> open() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.empty() || path_.size() >= sizeof address.sun_path) {
      return Error{Errc::InvalidArgument, "control socket " + path_ + ": no usable path"};
    }
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return failure();
    arm(SO_SNDTIMEO);  // connect() waits for a full queue as long as that
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the call takes
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return failure();
    }
    return {};
  }

  /// A peer that answers before it has heard us out has an answer all the same: not a failure.
  void send(std::string_view line) const {
    while (!line.empty()) {
      const ssize_t count = ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      line.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Result<std::string> read_line() const {
    std::string line;
    std::array<char, 16 * 1024> buffer{};
    while (line.size() < kMaxControlReply) {
      if (!arm(SO_RCVTIMEO)) return timeout();
      const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != ECONNRESET) return failure();
      if (count <= 0) {
        return Error{Errc::Unavailable, "the gateway at " + path_ + " hung up without an answer"};
      }
      line.append(buffer.data(), static_cast<std::size_t>(count));
      if (line.back() == '\n') return line;
    }
    return Error{Errc::Protocol, "the answer from " + path_ + " is too long"};
  }

 private:
  /// Lets the next call wait until the deadline; false when that is over.
  bool arm(int option) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - steady_now());
    if (left.count() <= 0) return false;
    const timeval time{.tv_sec = static_cast<time_t>(left.count() / 1'000'000),
                       .tv_usec = static_cast<suseconds_t>(left.count() % 1'000'000)};
    return ::setsockopt(fd_, SOL_SOCKET, option, &time, sizeof time) == 0;
  }

  Error timeout() const { return {Errc::Timeout, "no answer from the gateway at " + path_}; }

  Error failure() const {
    switch (errno) {
      case ENOENT:
        return {Errc::NotFound, "no gateway runs here: there is no control socket " + path_};
      case ECONNREFUSED:
        return {Errc::Unavailable, "no gateway runs here: nobody serves " + path_};
      case EACCES:
      case EPERM:
        return {Errc::Unauthorized,
                "no permission to use " + path_ + ": be root, or a member of the gateway's group"};
      case EAGAIN:
      case EINPROGRESS:
        return timeout();
      default:
        return {Errc::Io, path_ + ": " + std::generic_category().message(errno)};
    }
  }

  std::string path_;
  TimePoint deadline_;
  int fd_ = -1;
};

}  // namespace

Result<ControlReply> ask_gateway(const std::string& path, const ControlRequest& request,
                                 milliseconds limit) {
  Connection connection(path, limit);
  if (auto opened = connection.open(); !opened) return opened.error();
  connection.send(request_line(request));
  const auto line = connection.read_line();
  if (!line) return line.error();
  return parse_reply(*line);
}

}  // namespace gateway
