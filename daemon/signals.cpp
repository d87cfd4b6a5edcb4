#include "daemon/signals.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <system_error>

#include <sys/signalfd.h>
#include <unistd.h>

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::LogLevel;
using webpubsub::Result;

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

std::string name_of(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

}  // namespace

Result<void> block_signals() {
  const sigset_t set = our_signals();
  if (const int error = pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return Error{Errc::Internal, "cannot block signals: " + std::system_category().message(error)};
  }
  // A file that may not grow any more is the disk's refusal, not our end.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) {
    return Error{Errc::Internal, "cannot ignore SIGPIPE and SIGXFSZ"};
  }
  return {};
}

Result<std::unique_ptr<Signals>> Signals::listen(webpubsub::net::EventLoop& loop,
                                                 SignalActions actions, webpubsub::Log& log) {
  const sigset_t set = our_signals();
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) {
    return Error{Errc::Io, "no descriptor for signals: " + std::system_category().message(errno)};
  }
  std::unique_ptr<Signals> signals(new Signals(fd, std::move(actions), log));
  auto watcher =
      webpubsub::net::FdWatcher::watch(loop, fd, [self = signals.get()] { self->read(); });
  if (!watcher) return watcher.error();
  signals->watcher_ = std::move(watcher).value();
  return signals;
}

void Signals::read() {
  signalfd_siginfo info{};
  while (::read(fd_, &info, sizeof info) == ssize_t{sizeof info}) {
    act(static_cast<int>(info.ssi_signo));
  }
}

void Signals::act(int signal) {
  const auto run = [](const std::function<void()>& action) {
    if (action) action();
  };
  log_.write(LogLevel::Info, "signal.received", name_of(signal) + " received",
             {{"signal", name_of(signal)}});
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      run(stop_asked_ ? actions_.stop_now : actions_.stop);
      stop_asked_ = true;
      return;
    case SIGHUP:
      return run(actions_.reload);
    case SIGUSR1:
      return run(actions_.report);
    case SIGUSR2:
      return run(actions_.speak_up);
    default:
      return;
  }
}

}  // namespace gateway
