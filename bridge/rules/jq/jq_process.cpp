#include "bridge/rules/jq/jq_process.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/rules/jq/jq_engine.h"

namespace gateway {

namespace {

constexpr int kSocket = 3;
constexpr std::size_t kMaxInput = 16 * 1024 * 1024;

/// Bytes of memory that this process has mapped so far.
std::size_t mapped() {
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {};  // NOLINT(modernize-avoid-c-arrays): read's
  const auto size = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return 0;
  return std::strtoull(text, nullptr, 10) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool limit(__rlimit_resource_t resource, std::size_t most) {
  const rlimit value{.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(resource, &value) == 0;
}

/// Nothing of the gateway's stays within reach: no sockets, no files, no environment.
bool shut_in(int socket, std::size_t memory, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "jq");
  if (::getppid() != parent) return false;  // it died before the line above
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::signal(signal, signal == SIGTERM ? SIG_DFL : SIG_IGN);
  }
  const int null = ::open("/dev/null", O_RDWR);
  if (null < 0) return false;
  for (const int standard : {0, 1, 2}) ::dup2(null, standard);
  if (socket != kSocket && ::dup2(socket, kSocket) != kSocket) return false;
  if (::close_range(kSocket + 1, ~0U, 0) != 0) return false;
  const auto base = mapped();
  return base > 0 && limit(RLIMIT_AS, base + memory) && limit(RLIMIT_CORE, 0) &&
         limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, kSocket + 1);
}

void send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(kSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string receive(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const auto got = ::recv(kSocket, bytes.data() + at, size - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) ::_exit(0);
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

void run_jq_process(const JqProgram& program, int socket, pid_t parent) {
  // Before jq looks at it, which is when it compiles. NOLINTNEXTLINE(concurrency-mt-unsafe)
  ::clearenv();
  JqEngine engine;
  if (engine.compile(program.text) || !shut_in(socket, program.memory, parent)) ::_exit(1);
  send_all("!");
  for (;;) {
    const auto size = jq_length(receive(kJqLength));
    if (size > kMaxInput) ::_exit(1);
    const auto input = receive(size);
    std::string answer(1, kJqDone);
    const bool done = engine.run(input, [&](std::string_view result) {
      answer += jq_length_bytes(result.size());
      answer += result;
    });
    if (!done) answer.assign(1, kJqFailed);
    send_all(jq_length_bytes(answer.size()));
    send_all(answer);
  }
}

}  // namespace gateway
