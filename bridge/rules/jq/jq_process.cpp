#include "bridge/rules/jq/jq_process.h"

#include <algorithm>
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
constexpr int kMapped = 4;  // /proc/self/statm: files cannot be opened later on
constexpr std::size_t kReadingMemory = 64 * 1024 * 1024;  // for the program, and jq's own library
constexpr std::size_t kMaxInput = 16 * 1024 * 1024;

/// Bytes of memory that this process has mapped so far.
std::size_t mapped() {
  char text[32] = {};  // NOLINT(modernize-avoid-c-arrays): pread's
  const auto size = ::pread(kMapped, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  return std::strtoull(text, nullptr, 10) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool limit(__rlimit_resource_t resource, std::size_t most) {
  const rlimit value{.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(resource, &value) == 0;
}

/// From here on it may use as much more, until the next such call.
bool limit_memory(std::size_t most) {
  const auto base = mapped();
  rlimit value{};
  if (base == 0 || ::getrlimit(RLIMIT_AS, &value) != 0) return false;
  value.rlim_cur = std::min<rlim_t>(base + most, value.rlim_max);
  return ::setrlimit(RLIMIT_AS, &value) == 0;
}

/// Makes `file` the descriptor `number`.
bool move_to(int number, int file) {
  return file >= 0 && (file == number || ::dup2(file, number) == number);
}

/// Where memory is short, this process goes before the gateway does.
void go_first() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY);
  if (file < 0) return;
  static_cast<void>(::write(file, "1000", 4));
  ::close(file);
}

/// Nothing of the gateway's stays within reach: no sockets, no files, no environment.
bool shut_in(int socket, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "jq");
  if (::getppid() != parent) return false;  // it died before the line above
  go_first();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
    ::signal(signal, signal == SIGTERM ? SIG_DFL : SIG_IGN);
  }
  if (!move_to(kSocket, socket)) return false;
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2}) {
    if (!move_to(standard, null)) return false;
  }
  if (!move_to(kMapped, ::open("/proc/self/statm", O_RDONLY))) return false;
  return ::close_range(kMapped + 1, ~0U, 0) == 0 && limit(RLIMIT_CORE, 0) &&
         limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, kMapped + 1);
}

void send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(kSocket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void send_message(std::string_view message) {
  send_all(jq_length_bytes(message.size()));
  send_all(message);
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
  if (!shut_in(socket, parent) || !limit_memory(kReadingMemory)) ::_exit(1);
  JqEngine engine;
  const auto wrong = engine.compile(program.text);
  if (wrong || !limit_memory(program.memory)) {
    send_message(wrong.value_or("its memory cannot be limited"));
    ::_exit(1);
  }
  send_message("");
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
    send_message(answer);
  }
}

}  // namespace gateway
