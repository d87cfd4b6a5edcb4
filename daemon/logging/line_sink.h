// Lines to a descriptor that may be a terminal, a pipe or a file, without ever waiting for it.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace gateway {

using LineFormat = std::function<std::string(const webpubsub::LogRecord&, webpubsub::WallTime)>;

/// The loop writes its log itself, and whoever reads the other end of a pipe may stall. So a line
/// is written only when the system has room for it; otherwise it is given up and counted, and the
/// count is the first line once there is room again.
class LineSink final : public webpubsub::LogSink {
 public:
  /// A line with its newline; what is over is cut off between two characters. A pipe that is ready
  /// for writing promises room for no more than this (PIPE_BUF).
  static constexpr std::size_t kMaxLine = 4096;

  /// `fd` stays the caller's.
  LineSink(int fd, LineFormat format) : fd_(fd), format_(std::move(format)) {}

  void write(const webpubsub::LogRecord& record) override;

  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  bool write_line(std::string line);
  void tell_dropped();

  int fd_;
  LineFormat format_;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_ = 0;  // of the dropped ones
};

}  // namespace gateway
