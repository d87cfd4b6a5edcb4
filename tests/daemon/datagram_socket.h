// The other end of the notification and journal protocols: a datagram socket on a path.

#pragma once

#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway {

class DatagramSocket {
 public:
  explicit DatagramSocket(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    bound_ = bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~DatagramSocket() { close(fd_); }
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  bool bound() const { return bound_; }

  /// The next datagram that is not empty; nothing when none comes within `wait`.
  std::optional<std::string> receive(std::chrono::milliseconds wait) {
    pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
    while (poll(&entry, 1, static_cast<int>(wait.count())) == 1) {
      std::string bytes(64 * 1024, '\0');
      const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
      if (count < 0) return std::nullopt;
      bytes.resize(static_cast<std::size_t>(count));
      if (!bytes.empty()) return bytes;
    }
    return std::nullopt;
  }

 private:
  int fd_;
  bool bound_ = false;
};

}  // namespace gateway
