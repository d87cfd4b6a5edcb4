// Who is at the other end of a Unix socket, and what that entitles to.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace gateway {

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups{};  // the supplementary ones
};

/// As the kernel saw it at connect().
/// Errors: Io.
webpubsub::Result<Peer> read_peer(int fd);

/// The account the gateway runs as.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The account of this process.
Account own_account();

enum class Access : std::uint8_t {
  None,
  Read,  // members of the gateway's group: look, change nothing
  Full,  // root, and the gateway's own account
};

Access access_of(const Peer& peer, const Account& own);

}  // namespace gateway
