#include "daemon/control/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

constexpr int kBacklog = 16;
constexpr mode_t kMode = 0660;  // the group may connect; what it may ask is checked apart

Error failure(const std::string& path, const char* what) {
  const bool forbidden = errno == EACCES || errno == EPERM;
  return {forbidden ? Errc::Unauthorized : Errc::Io,
          "control socket " + path + ": " + what + ": " + std::generic_category().message(errno)};
}

}  // namespace

Result<std::unique_ptr<ListeningSocket>> ListeningSocket::open(const std::string& path) {
  std::unique_ptr<ListeningSocket> socket(new ListeningSocket(path));
  if (auto locked = socket->lock(); !locked) return locked.error();
  if (auto removed = socket->remove_leftover(); !removed) return removed.error();
  if (auto listening = socket->listen_there(); !listening) return listening.error();
  return socket;
}

ListeningSocket::~ListeningSocket() {
  if (bound_) ::unlink(path_.c_str());
  if (fd_ >= 0) ::close(fd_);
  // Its file stays: one who waits for a lock on a removed file would hold a lock nobody else sees.
  if (lock_ >= 0) ::close(lock_);
}

Result<void> ListeningSocket::lock() {
  const std::string file = path_ + ".lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return failure(path_, "cannot make its lock");
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return failure(path_, "cannot lock it");
  return Error{Errc::ResourceExhausted,
               "control socket " + path_ + ": another gateway serves here"};
}

Result<void> ListeningSocket::remove_leftover() const {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) != 0) {
    return errno == ENOENT ? Result<void>() : failure(path_, "cannot look at it");
  }
  if (!S_ISSOCK(found.st_mode)) {
    return Error{Errc::InvalidArgument,
                 "control socket " + path_ + ": something that is no socket stands there"};
  }
  if (::unlink(path_.c_str()) != 0) return failure(path_, "cannot remove the old one");
  return {};
}

Result<void> ListeningSocket::listen_there() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof address.sun_path) {
    return Error{Errc::InvalidArgument, "control socket " + path_ + ": a path of 1 to " +
                                            std::to_string(sizeof address.sun_path - 1) +
                                            " bytes expected"};
  }
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return failure(path_, "no socket");
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the call takes
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failure(path_, "cannot bind");
  }
  bound_ = true;
  // Before listen(), so that nobody gets in under the mode that the umask gave it.
  if (::chmod(path_.c_str(), kMode) != 0) return failure(path_, "cannot set its mode");
  if (::listen(fd_, kBacklog) != 0) return failure(path_, "cannot listen");
  return {};
}

}  // namespace gateway
