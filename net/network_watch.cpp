#include "net/network_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace webpubsub::net {

namespace {

constexpr std::chrono::milliseconds kSettle{500};
constexpr std::chrono::seconds kPause{10};

Error system_error(const char* what) {
  return {Errc::Io,
          std::string("netlink: ") + what + ": " + std::generic_category().message(errno)};
}

/// Whether something new is among the messages in `bytes`.
bool has_news(const char* bytes, std::size_t size) {
  // As <linux/netlink.h> wants it, whose macros no strict compiler lets pass.
  for (std::size_t at = 0; at + sizeof(nlmsghdr) <= size;) {
    nlmsghdr header{};
    std::copy_n(bytes + at, sizeof header, reinterpret_cast<char*>(&header));
    if (header.nlmsg_type == RTM_NEWADDR || header.nlmsg_type == RTM_NEWROUTE) return true;
    const std::size_t length = header.nlmsg_len;
    if (length < sizeof header || length > size - at) return false;
    at += (length + 3U) & ~std::size_t{3};
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<NetworkWatch>> NetworkWatch::start(EventLoop& loop,
                                                          std::function<void()> on_return) {
  std::unique_ptr<NetworkWatch> watch(new NetworkWatch(loop, std::move(on_return)));
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return system_error("socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    auto error = system_error("bind");
    ::close(fd);
    return error;
  }
  watch->fd_ = fd;
  auto watcher = FdWatcher::watch(loop, fd, [watch = watch.get()] { watch->read(); });
  if (!watcher) return watcher.error();
  watch->watcher_ = std::move(*watcher);
  return watch;
}

NetworkWatch::NetworkWatch(EventLoop& loop, std::function<void()> on_return)
    : on_return_(std::move(on_return)), timer_(loop, [this] {
        next_ = steady_now() + kPause;
        on_return_();
      }) {}

// One datagram a lap: others have a turn in between.
void NetworkWatch::read() {
  std::array<char, 16 * 1024> buffer{};
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  // Of more than the kernel keeps for us there was something new, too.
  const bool overran = size < 0 && errno == ENOBUFS;
  if (overran || (size > 0 && has_news(buffer.data(), static_cast<std::size_t>(size)))) {
    on_change();
  }
}

void NetworkWatch::on_change() {
  if (timer_.deadline()) return;
  timer_.start_at(std::max(steady_now() + kSettle, next_));
}

}  // namespace webpubsub::net
