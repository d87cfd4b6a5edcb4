// The few socket calls that test peers need, on 127.0.0.1.

#pragma once

#include <cstdint>
#include <utility>

namespace gateway::support {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();

  int fd() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Listens on a free port, or on `port`.
Socket listen_on(std::uint16_t port = 0);
std::uint16_t port_of(const Socket& listener);
/// An open connection, or an invalid socket.
Socket connect_to(std::uint16_t port);
/// A port nothing listens on right now.
std::uint16_t free_port();

}  // namespace gateway::support
