#include "daemon/verbs/command_output.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;
using webpubsub::steady_now;

/// Everything until the end of the stream, or the deadline; only the last `max_bytes` are kept.
std::string read_all(int fd, std::size_t max_bytes, webpubsub::TimePoint deadline) {
  std::string text;
  std::array<char, 16 * 1024> buffer{};
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_now());
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    const int wait = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    if (::poll(&entry, 1, wait) <= 0) return text;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > max_bytes) text.erase(0, text.size() - max_bytes);
  }
}

pid_t start(std::vector<std::string>& arguments, int out) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : -1;
}

}  // namespace

std::optional<std::string> command_output(std::vector<std::string> arguments, std::size_t max_bytes,
                                          milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const pid_t pid = start(arguments, ends[1]);
  ::close(ends[1]);
  std::optional<std::string> text;
  if (pid > 0) {
    text = read_all(ends[0], max_bytes, steady_now() + limit);
    ::kill(pid, SIGKILL);  // over already, unless it ran into the limit
    ::waitpid(pid, nullptr, 0);
  }
  ::close(ends[0]);
  return text;
}

}  // namespace gateway
