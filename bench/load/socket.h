// Blocking loopback sockets, owned.

#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace gateway::bench {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  /// Errors: Io with the system's text.
  static Result<Socket> connect_to_loopback(std::uint16_t port);
  static Result<Socket> listen_on_loopback(std::uint16_t port);  // 0: any free one

  Result<void> send_all(std::string_view bytes) const;
  std::uint16_t local_port() const;
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

/// The text of errno, as an Io error of `action`.
Error system_error(std::string_view action);

}  // namespace gateway::bench
