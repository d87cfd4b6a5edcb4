#include "daemon/logging/line_sink.h"

#include <cerrno>
#include <string_view>

#include <poll.h>
#include <unistd.h>

namespace gateway {
namespace {

constexpr std::string_view kCut = "...";

bool has_room(int fd) {
  pollfd entry{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&entry, 1, 0) == 1 && (entry.revents & POLLOUT) != 0;
}

void cut(std::string& line) {
  std::size_t end = LineSink::kMaxLine - 1 - kCut.size();
  // 10xxxxxx continues a character: never leave half of one.
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  line.resize(end);
  line += kCut;
}

}  // namespace

void LineSink::write(const webpubsub::LogRecord& record) {
  if (dropped_ != told_) tell_dropped();
  if (!write_line(format_(record, webpubsub::wall_now()))) ++dropped_;
}

bool LineSink::write_line(std::string line) {
  if (line.size() >= kMaxLine) cut(line);
  line += '\n';
  if (!has_room(fd_)) return false;
  ssize_t written = 0;
  do {
    written = ::write(fd_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  return written >= 0;
}

void LineSink::tell_dropped() {
  const webpubsub::LogField count{"count", std::to_string(dropped_ - told_)};
  const webpubsub::LogRecord record{webpubsub::LogLevel::Warning,
                                    "log.dropped",
                                    "nobody read our log: lines were lost",
                                    {&count, 1}};
  if (write_line(format_(record, webpubsub::wall_now()))) told_ = dropped_;
}

}  // namespace gateway
