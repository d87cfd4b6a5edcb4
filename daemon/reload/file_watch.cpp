#include "daemon/reload/file_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <sys/inotify.h>
#include <unistd.h>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::Result;
using webpubsub::steady_now;

namespace fs = std::filesystem;

namespace {

constexpr auto kQuiet = std::chrono::milliseconds(200);
constexpr auto kPatience = std::chrono::seconds(2);  // with a folder that is never quiet
constexpr int kMaxLinks = 16;
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                                  IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::create(webpubsub::net::EventLoop& loop,
                                                     OnChange on_change) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) {
    return Error{Errc::Io, "no inotify: " + std::generic_category().message(errno)};
  }
  std::unique_ptr<FileWatch> watch(new FileWatch(loop, fd, std::move(on_change)));
  auto watcher =
      webpubsub::net::FdWatcher::watch(loop, fd, [watch = watch.get()] { watch->on_readable(); });
  if (!watcher) return watcher.error();
  watch->watcher_ = std::move(*watcher);
  return watch;
}

FileWatch::FileWatch(webpubsub::net::EventLoop& loop, int fd, OnChange on_change)
    : fd_(fd), on_change_(std::move(on_change)), quiet_(loop, [this] { look(); }) {}

void FileWatch::set_files(const std::vector<std::string>& files) {
  seen_.set_files(files);
  watch_folders();
  // A file may have changed between being read for the last time and being watched.
  if (!files.empty()) quiet_.start_after(kQuiet);
}

void FileWatch::on_readable() {
  // What happened does not matter, only that something did.
  alignas(inotify_event) std::array<char, 4096> events;
  while (::read(fd_, events.data(), events.size()) > 0) {
  }
  const auto now = steady_now();
  if (!quiet_.deadline()) first_event_ = now;
  quiet_.start_at(std::min(now + kQuiet, std::max(now, first_event_ + kPatience)));
}

void FileWatch::look() {
  watch_folders();
  const auto changed = seen_.look();
  if (!changed.empty()) on_change_(changed);
}

void FileWatch::watch_folders() {
  for (const auto& file : seen_.files()) watch_way_to(file);
}

// The folder of the file and, where the file is a symbolic link, those of what it points at.
void FileWatch::watch_way_to(const std::string& file) {
  fs::path path(file);
  for (int hop = 0; hop < kMaxLinks; ++hop) {
    auto folder = path.parent_path();
    // A folder that is not there yet will be made in one that is.
    while (::inotify_add_watch(fd_, folder.c_str(), kEvents) < 0 && folder.has_relative_path()) {
      folder = folder.parent_path();
    }
    std::error_code error;
    const auto target = fs::read_symlink(path, error);
    if (error) return;
    path = (path.parent_path() / target).lexically_normal();
  }
}

}  // namespace gateway
