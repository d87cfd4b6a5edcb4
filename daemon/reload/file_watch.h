// Tells when the content of files changes: by a write, a rename over them, or a symbolic link on
// the way to them that points elsewhere, as Kubernetes and systemd exchange secrets.
//
// It is the folders that are watched (inotify(7)): a file that is replaced is another file.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/reload/file_digests.h"
#include "net/event_loop.h"

namespace gateway {

/// Used on its loop's thread.
class FileWatch {
 public:
  using OnChange = std::function<void(const std::vector<std::string>& files)>;

  /// `on_change` gets the files whose content is another one, once it has been quiet for a moment:
  /// several files are rarely written at once. Errors: Io when the system gives no descriptor.
  static webpubsub::Result<std::unique_ptr<FileWatch>> create(webpubsub::net::EventLoop& loop,
                                                              OnChange on_change);

  /// Watches these, absolute paths, from what they hold now; they need not exist. What was watched
  /// before and is named again keeps what it was last seen with.
  void set_files(const std::vector<std::string>& files);

 private:
  FileWatch(webpubsub::net::EventLoop& loop, int fd, OnChange on_change);
  void on_readable();
  void look();
  void watch_folders();
  void watch_way_to(const std::string& file);

  int fd_;  // the watcher's to close
  OnChange on_change_;
  FileDigests seen_{};
  webpubsub::net::Timer quiet_;
  std::unique_ptr<webpubsub::net::FdWatcher> watcher_{};
  webpubsub::TimePoint first_event_{};
};

}  // namespace gateway
