#include "webpubsub/command/input_watch.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace webpubsub::command {

// Through an epoll descriptor: the loop makes what it watches non-blocking, and standard input is
// shared with the shell.
Result<std::unique_ptr<net::FdWatcher>> watch_input(net::EventLoop& loop,
                                                    std::function<void()> on_readable) {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {}};
  if (fd >= 0 && ::epoll_ctl(fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0) {
    return net::FdWatcher::watch(loop, fd, std::move(on_readable));
  }
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (error != EPERM) {  // a file
    return Error{Errc::Io, "cannot read standard input: " + std::generic_category().message(error)};
  }
  loop.defer(std::move(on_readable));
  return std::unique_ptr<net::FdWatcher>();
}

}  // namespace webpubsub::command
