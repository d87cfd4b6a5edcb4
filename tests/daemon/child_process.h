// A program as its user starts it: arguments in, lines and an exit code out.

#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gateway {

/// Standard output and error come as one stream. Killed when the object goes.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return;
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
  }
  ~ChildProcess() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (out_ >= 0) close(out_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void signal(int number) const { ::kill(pid_, number); }

  /// Everything written so far, once it holds `words`; nothing when the stream ends first or it
  /// takes more than ten seconds.
  std::optional<std::string> output_with(const std::string& words) {
    while (output_.find(words) == std::string::npos) {
      if (!read_more()) return std::nullopt;
    }
    return output_;
  }

  /// Everything it wrote until it closed its streams.
  const std::string& rest() {
    while (read_more()) {
    }
    return output_;
  }

  /// The exit code, after the end of the output; -1 when a signal ended it.
  int exit_code() {
    rest();
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  bool read_more() {
    pollfd entry{.fd = out_, .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, 10'000) != 1) return false;
    std::array<char, 4096> buffer{};
    const ssize_t count = read(out_, buffer.data(), buffer.size());
    if (count <= 0) return false;
    output_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::string output_{};
};

}  // namespace gateway
