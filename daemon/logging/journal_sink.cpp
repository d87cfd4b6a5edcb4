#include "daemon/logging/journal_sink.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/logging/message_ids.h"
#include "daemon/logging/printable.h"
#include "daemon/logging/words.h"

namespace gateway {
namespace {

using webpubsub::Errc;
using webpubsub::Error;
using webpubsub::LogRecord;
using webpubsub::Result;

constexpr std::size_t kMaxValue = 8 * 1024;
constexpr std::chrono::seconds kPatienceFor{1};
constexpr std::chrono::milliseconds kLastPatience{500};
constexpr std::size_t kMaxWords = kMaxValue / 6;  // so that they fit with all of them escaped
constexpr std::size_t kMaxName = 64;              // journald drops fields with a longer name

/// "rule" -> "WPSGW_RULE". journald takes capital letters, digits and '_' only.
std::string field_name(std::string_view key) {
  std::string name = "WPSGW_";
  for (const char c : key.substr(0, kMaxName - name.size())) {
    if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      name += c;
    } else {
      name += '_';
    }
  }
  return name;
}

void append_field(std::string& entry, std::string_view name, std::string_view value) {
  value = value.substr(0, kMaxValue);
  entry += name;
  if (value.find('\n') == std::string_view::npos) {
    entry += '=';
  } else {
    // A value with newlines carries its length: 64 bits, little endian.
    entry += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8) {
      entry += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> shift & 0xFFU);
    }
  }
  entry += value;
  entry += '\n';
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{Errc::InvalidArgument, "the socket path " + path + " is too long"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool is_there(int fd, const sockaddr_un& address) {
  // An empty datagram is an entry without fields, which journald passes over.
  return sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                sizeof address) == 0 ||
         errno == EAGAIN;
}

}  // namespace

std::string journal_entry(const LogRecord& record, std::string_view identifier) {
  std::string entry;
  append_field(entry, "MESSAGE", printable(words_with_fields(record).substr(0, kMaxWords)));
  append_field(entry, "PRIORITY", std::to_string(static_cast<int>(record.level)));
  append_field(entry, "SYSLOG_IDENTIFIER", identifier);
  if (const auto id = message_id(record.event); !id.empty()) append_field(entry, "MESSAGE_ID", id);
  append_field(entry, "WPSGW_EVENT", record.event);
  for (const webpubsub::LogField& field : record.fields) {
    append_field(entry, field_name(field.key), field.value);
  }
  if (!record.place.file.empty()) {
    append_field(entry, "CODE_FILE", record.place.file);
    append_field(entry, "CODE_LINE", std::to_string(record.place.line));
    append_field(entry, "CODE_FUNC", record.place.function);
  }
  return entry;
}

Result<std::unique_ptr<JournalSink>> JournalSink::connect(std::string identifier,
                                                          const std::string& socket_path,
                                                          std::chrono::milliseconds patience) {
  const Result<sockaddr_un> address = address_of(socket_path);
  if (!address) return address.error();
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Error{Errc::Io, "no socket for the journal: " + std::system_category().message(errno)};
  }
  std::unique_ptr<JournalSink> sink(
      new JournalSink(fd, std::move(identifier), socket_path, patience));
  if (!is_there(fd, *address)) {
    return Error{Errc::Unavailable,
                 "no journal at " + socket_path + ": " + std::system_category().message(errno)};
  }
  return sink;
}

JournalSink::JournalSink(int fd, std::string identifier, std::string socket_path,
                         std::chrono::milliseconds patience)
    : fd_(fd),
      identifier_(std::move(identifier)),
      socket_path_(std::move(socket_path)),
      patience_(patience) {}

JournalSink::~JournalSink() {
  wait_until_read();
  close(fd_);
}

void JournalSink::wait_until_read() const {
  const auto end = webpubsub::steady_now() + kLastPatience;
  int unread = 0;
  // Nothing tells when it has changed.
  while (ioctl(fd_, SIOCOUTQ, &unread) == 0 && unread > 0 && webpubsub::steady_now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void JournalSink::write(const LogRecord& record) {
  if (dropped_ != told_) tell_dropped();
  if (!send(journal_entry(record, identifier_))) ++dropped_;
}

bool JournalSink::send(const std::string& entry) {
  // Addressed each time rather than connected once: journald may have been restarted.
  const Result<sockaddr_un> address = address_of(socket_path_);
  if (!address) return false;
  const auto attempt = [&] {
    return sendto(fd_, entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&*address), sizeof *address) >= 0;
  };
  if (attempt()) return true;
  // A report is a dozen entries at once, and the queue of a socket may hold no more than ten.
  return errno == EAGAIN && wait_for_room(*address) && attempt();
}

bool JournalSink::wait_for_room(const sockaddr_un& address) {
  const auto now = webpubsub::steady_now();
  if (now - patience_began_ >= kPatienceFor) {
    patience_began_ = now;
    waited_ = {};
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(patience_ - waited_);
  if (left.count() <= 0) return false;
  // Only a connected socket becomes writable when its peer has room.
  pollfd entry{.fd = fd_, .events = POLLOUT, .revents = 0};
  const bool room =
      ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      poll(&entry, 1, static_cast<int>(left.count())) == 1;
  waited_ += webpubsub::steady_now() - now;
  return room;
}

void JournalSink::tell_dropped() {
  const webpubsub::LogField count{"count", std::to_string(dropped_ - told_)};
  const LogRecord record{webpubsub::LogLevel::Warning,
                         "log.dropped",
                         "the journal had no room: entries were lost",
                         {&count, 1}};
  if (send(journal_entry(record, identifier_))) told_ = dropped_;
}

}  // namespace gateway
