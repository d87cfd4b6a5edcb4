#include "tests/support/mosquitto.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/sockets.h"

namespace gateway::support {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr int kAttempts = 5;  // another process may take the free port first

[[noreturn]] void run_broker(const std::string& config, const std::string& log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no broker outlives a test that crashed
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) _exit(126);
  for (const auto* program : {"mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"}) {
    execlp(program, "mosquitto", "-c", config.c_str(), static_cast<char*>(nullptr));
  }
  _exit(127);
}

}  // namespace

Mosquitto::Mosquitto(const std::string& config) : config_(config) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    port_ = free_port();
    if (try_start()) return;
  }
  std::fprintf(stderr, "mosquitto does not start; is the package installed?\n");
  std::abort();
}

Mosquitto::~Mosquitto() { kill(); }

void Mosquitto::start(const std::string& config) {
  if (!config.empty()) config_ = config;
  if (pid_ >= 0 || try_start()) return;
  std::fprintf(stderr, "mosquitto does not start again\n");
  std::abort();
}

bool Mosquitto::try_start() {
  // As root it would become another user, who cannot read our folder. A queue without a limit (0)
  // makes 2.0.11 drop clients whose message it refuses.
  const auto file = folder_.write(
      "mosquitto.conf", "user root\nmax_queued_messages 100000\nset_tcp_nodelay true\nlistener " +
                            std::to_string(port_) + " 127.0.0.1\n" + config_);
  const auto log = folder_.file("mosquitto.log");
  pid_ = fork();
  if (pid_ == 0) run_broker(file, log);
  const auto deadline = webpubsub::steady_now() + kPatience;
  while (webpubsub::steady_now() < deadline) {
    if (connect_to(port_).valid()) return true;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    poll(nullptr, 0, 5);  // there is nothing to wait on until it listens
  }
  pid_ = -1;
  return false;
}

void Mosquitto::signal_and_wait(int signal) {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  ::kill(pid_, SIGCONT);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Mosquitto::stop() { signal_and_wait(SIGTERM); }
void Mosquitto::kill() { signal_and_wait(SIGKILL); }

void Mosquitto::freeze() {
  ::kill(pid_, SIGSTOP);
  waitpid(pid_, nullptr, WUNTRACED);
}

std::string Mosquitto::plugin(const std::string& name) {
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator("/usr/lib", ignored)) {
    const auto file = each.path() / name;
    if (std::filesystem::exists(file, ignored)) return file.string();
  }
  return "/usr/lib/" + name;
}

void Mosquitto::thaw() { ::kill(pid_, SIGCONT); }

}  // namespace gateway::support
