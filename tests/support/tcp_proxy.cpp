#include "tests/support/tcp_proxy.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gateway::support {
namespace {

/// So that the peer sees a reset, as from a cut link, and not an orderly end.
void reset(const Socket& socket) {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

bool send_all(const Socket& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// The protocol level of a CONNECT packet (MQTT 5.0, 3.1.2.2); 0 for anything else.
int mqtt_level(std::string_view first) {
  const auto name = first.find("MQTT");
  if (first.empty() || first[0] != 0x10 || name == std::string_view::npos) return 0;
  return name + 4 < first.size() ? first[name + 4] : 0;
}

TcpProxy::Doorman answer_mqtt5(std::string answer) {
  return [answer = std::move(answer)](std::string_view first) -> std::optional<std::string> {
    if (mqtt_level(first) != 5) return std::nullopt;
    return answer;
  };
}

}  // namespace

TcpProxy::Doorman refuse_mqtt5() { return answer_mqtt5(std::string("\x20\x02\x00\x01", 4)); }
TcpProxy::Doorman hang_up_on_mqtt5() { return answer_mqtt5(""); }

TcpProxy::TcpProxy(std::uint16_t target, Doorman doorman)
    : target_(target), doorman_(std::move(doorman)), listener_(listen_on()) {
  port_ = port_of(listener_);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
    wake_read_ = Socket(ends[0]);
    wake_write_ = Socket(ends[1]);
  }
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  ending_ = true;
  wake();
  thread_.join();
}

void TcpProxy::wake() { static_cast<void>(!write(wake_write_.fd(), "x", 1)); }

void TcpProxy::cut() {
  cut_ = true;
  wake();
}

void TcpProxy::cut_after(std::size_t bytes) { allowed_ = static_cast<std::ptrdiff_t>(bytes); }

/// As much as may still pass; with the last byte of it the wire is cut.
std::string_view TcpProxy::truncated(std::string_view bytes) {
  const std::ptrdiff_t allowed = allowed_;
  if (allowed < 0) return bytes;
  const auto size = std::min(bytes.size(), static_cast<std::size_t>(allowed));
  allowed_ = allowed - static_cast<std::ptrdiff_t>(size);
  if (size < bytes.size() || allowed_ == 0) {
    allowed_ = -1;
    cut_ = true;
  }
  return bytes.substr(0, size);
}

void TcpProxy::mend() {
  allowed_ = -1;
  cut_ = false;
  wake();
}

void TcpProxy::stall(bool on) {
  stalled_ = on;
  wake();
}

void TcpProxy::inject(const std::string& bytes) {
  {
    const std::lock_guard lock(mutex_);
    injected_ += bytes;
  }
  wake();
}

void TcpProxy::accept_one() {
  Socket client(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.valid()) return;
  ++accepted_;
  if (cut_) {
    reset(client);
    return;
  }
  pipes_.push_back({.client = std::move(client)});
}

bool TcpProxy::open(Pipe& pipe, std::string_view first) {
  if (doorman_) {
    if (const auto answer = doorman_(first)) {
      send_all(pipe.client, *answer);
      return false;
    }
  }
  pipe.server = connect_to(target_);
  return pipe.server.valid() && send_all(pipe.server, first);
}

bool TcpProxy::serve(Pipe& pipe, bool client_ready, bool server_ready) {
  std::array<char, 65536> buffer{};
  const auto move = [&](const Socket& from, const Socket& to) {
    const auto size = recv(from.fd(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    const auto bytes = truncated({buffer.data(), static_cast<std::size_t>(size)});
    return to.valid() ? send_all(to, bytes) : open(pipe, bytes);
  };
  if (client_ready && !move(pipe.client, pipe.server)) return false;
  return !server_ready || move(pipe.server, pipe.client);
}

void TcpProxy::run() {
  while (!ending_) {
    if (cut_) {
      for (auto& pipe : pipes_) {
        reset(pipe.client);
        reset(pipe.server);
      }
      pipes_.clear();
    }
    std::vector<pollfd> watched{{wake_read_.fd(), POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
    for (const auto& pipe : pipes_) {
      const short events = stalled_ ? 0 : POLLIN;
      watched.push_back({pipe.client.fd(), events, 0});
      watched.push_back({pipe.server.fd(), events, 0});  // a negative one is passed over
    }
    poll(watched.data(), watched.size(), -1);
    std::array<char, 64> drained{};
    while (read(wake_read_.fd(), drained.data(), drained.size()) > 0) {
    }
    std::string injected;
    {
      const std::lock_guard lock(mutex_);
      injected.swap(injected_);
    }
    for (const auto& pipe : pipes_) send_all(pipe.client, injected);
    std::size_t next = 2;
    for (auto pipe = pipes_.begin(); pipe != pipes_.end();) {
      const bool client = watched[next].revents != 0;
      const bool server = watched[next + 1].revents != 0;
      next += 2;
      pipe = serve(*pipe, client, server) ? std::next(pipe) : pipes_.erase(pipe);
    }
    if (watched[1].revents != 0) accept_one();
  }
}

}  // namespace gateway::support
