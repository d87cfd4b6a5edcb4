// The control socket's file: made, guarded against a second gateway, removed.

#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace gateway {

/// A Unix socket that listens, readable and writable for owner and group. Its file goes with the
/// object. A lock beside it says that its owner lives: the kernel drops it with the process, so a
/// file that a dead one left behind is told from one in use without a race.
class ListeningSocket {
 public:
  /// Replaces the file of a process that is gone.
  /// Errors: ResourceExhausted when a living process serves at `path`; InvalidArgument for a path
  /// that is too long or where something other than a socket stands; Io.
  static webpubsub::Result<std::unique_ptr<ListeningSocket>> open(const std::string& path);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int fd() const noexcept { return fd_; }

 private:
  explicit ListeningSocket(std::string path) : path_(std::move(path)) {}
  webpubsub::Result<void> lock();
  webpubsub::Result<void> remove_leftover() const;
  webpubsub::Result<void> listen_there();

  std::string path_;
  int lock_ = -1;
  int fd_ = -1;
  bool bound_ = false;
};

}  // namespace gateway
