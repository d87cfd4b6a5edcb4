#include "webpubsub/command/stop_signals.h"

#include <csignal>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

namespace webpubsub::command {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Result<std::unique_ptr<net::FdWatcher>> watch_stop_signals(net::EventLoop& loop,
                                                           std::function<void()> on_stop) {
  const sigset_t set = stop_signals();
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return Error{Errc::Io, "no descriptor for signals"};
  return net::FdWatcher::watch(loop, fd, [fd, on_stop = std::move(on_stop)] {
    signalfd_siginfo info{};
    while (::read(fd, &info, sizeof info) == ssize_t{sizeof info}) on_stop();
  });
}

}  // namespace webpubsub::command
