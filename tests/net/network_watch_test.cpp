// In a network of its own, which a process without privileges may make, too.

#include "net/network_watch.h"

#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/no_sink.h"

namespace webpubsub::net {
namespace {

using namespace std::chrono_literals;

/// With the interface its address comes and goes.
void set_loopback(bool up) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = up ? IFF_UP : 0;
  if (fd < 0 || ::ioctl(fd, SIOCSIFFLAGS, &request) != 0) std::exit(2);
  ::close(fd);
}

[[noreturn]] void watch_a_network_come_back() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) std::exit(3);
  gateway::support::NoSink sink;
  Log log(sink, LogLevel::Error);
  const auto loop = *EventLoop::create(log);
  int returns = 0;
  const auto watch = NetworkWatch::start(*loop, [&] { ++returns; });
  if (!watch) std::exit(4);
  const auto run_for = [&](Duration time) {
    for (const auto end = steady_now() + time; steady_now() < end;) loop->run_once(20ms);
  };
  run_for(700ms);
  if (returns != 0) std::exit(5);
  set_loopback(true);
  for (const auto end = steady_now() + 10s; returns == 0 && steady_now() < end;) {
    loop->run_once(20ms);
  }
  if (returns != 1) std::exit(6);
  // What goes on and on is told once in a while.
  for (int i = 0; i < 20; ++i) {
    set_loopback(i % 2 == 1);
    run_for(50ms);
  }
  std::exit(returns == 1 ? 0 : 7);
}

/// Containers and build machines may forbid it.
bool may_have_a_network_of_its_own() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : 1);
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

TEST(NetworkWatch, TellsThatTheNetworkIsBack) {
  if (!may_have_a_network_of_its_own()) GTEST_SKIP() << "no network namespaces here";
  EXPECT_EXIT(watch_a_network_come_back(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace webpubsub::net
