#include "daemon/demo/private_broker.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

namespace {

constexpr auto kStartLimit = std::chrono::seconds(10);

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody listens on at the moment; 0 when there is none.
std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = bind(fd, generic, size) == 0 && getsockname(fd, generic, &size) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

bool accepts(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return connected;
}

Result<std::filesystem::path> find_mosquitto() {
  for (const char* place :
       {"/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"}) {
    if (access(place, X_OK) == 0) return std::filesystem::path(place);
  }
  return Error{Errc::NotFound, "mosquitto is not installed: try \"apt install mosquitto\"", 0};
}

[[noreturn]] void become(const std::filesystem::path& program, const std::string& config) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  execl(program.c_str(), "mosquitto", "-c", config.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<PrivateBroker>> PrivateBroker::start() {
  const auto program = find_mosquitto();
  if (!program) return program.error();
  auto pattern = (std::filesystem::temp_directory_path() / "webpubsub-demo-XXXXXX").string();
  const auto port = free_port();
  if (mkdtemp(pattern.data()) == nullptr || port == 0) {
    return Error{Errc::Io, "no temporary folder or no free port for the broker", 0};
  }
  const std::filesystem::path folder(pattern);
  const auto config = (folder / "mosquitto.conf").string();
  std::ofstream(config)
      << "listener " << port << " 127.0.0.1\nallow_anonymous true\n"
      << "persistence false\nlog_type error\nlog_dest stderr\n"
      << "user nobody\n";  // what root steps down to; anybody else stays who they are
  const auto process = fork();
  if (process < 0) return Error{Errc::Io, "cannot start a process for the broker", 0};
  if (process == 0) become(*program, config);
  std::unique_ptr<PrivateBroker> broker(new PrivateBroker(process, port, folder));
  if (auto ready = broker->wait_until_it_accepts(); !ready) return ready.error();
  return broker;
}

Result<void> PrivateBroker::wait_until_it_accepts() const {
  const auto deadline = webpubsub::steady_now() + kStartLimit;
  while (!accepts(port_)) {
    if (waitpid(process_, nullptr, WNOHANG) != 0 || webpubsub::steady_now() > deadline) {
      return Error{Errc::Timeout, "the demo's mosquitto did not start", 0};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return {};
}

PrivateBroker::~PrivateBroker() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace gateway
