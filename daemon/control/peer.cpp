#include "daemon/control/peer.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/socket.h>
#include <unistd.h>

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;

// In a user namespace (PrivateUsers=yes) the kernel shows every account that is not mapped there as
// this one. So it is nobody in particular, and never us.
constexpr unsigned kOverflowId = 65534;

Error failure(const char* what) {
  return {Errc::Io, std::string("cannot read the ") + what +
                        " of a control client: " + std::generic_category().message(errno)};
}

Result<std::vector<gid_t>> read_groups(int fd) {
  std::vector<gid_t> groups(64);
  auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  if (result != 0 && errno == ERANGE) {  // `size` now says how much it takes
    groups.resize(size / sizeof(gid_t));
    result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size);
  }
  if (result != 0) return failure("groups");
  groups.resize(size / sizeof(gid_t));
  return groups;
}

}  // namespace

Result<Peer> read_peer(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return failure("account");
  }
  auto groups = read_groups(fd);
  if (!groups) return groups.error();
  return Peer{.pid = credentials.pid,
              .uid = credentials.uid,
              .gid = credentials.gid,
              .groups = std::move(*groups)};
}

Account own_account() { return {.uid = geteuid(), .gid = getegid()}; }

Access access_of(const Peer& peer, const Account& own) {
  if (peer.uid == 0) return Access::Full;
  if (peer.uid == own.uid && own.uid != kOverflowId) return Access::Full;
  const bool member = peer.gid == own.gid || std::find(peer.groups.begin(), peer.groups.end(),
                                                       own.gid) != peer.groups.end();
  // Running as root with root's group would let in whoever has that group for other reasons.
  return member && own.gid != kOverflowId && own.gid != 0 ? Access::Read : Access::None;
}

}  // namespace gateway
