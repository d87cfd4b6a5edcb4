// The log as journal entries, each field searchable: journalctl WPSGW_RULE=climate.
//
// Speaks the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL) on a socket of its own.
// sd_journal_sendv() would wait when journald stalls, and with it the loop; and it succeeds
// silently where there is no journal at all.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sys/un.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace gateway {

/// The entry of `record`: MESSAGE (see words_with_fields()), PRIORITY, SYSLOG_IDENTIFIER,
/// MESSAGE_ID, WPSGW_EVENT, WPSGW_KEY for each field, and the CODE_ fields. The message is
/// printable(), or journalctl would show "blob data"; other values go through byte for byte,
/// newlines too. What is over 8 KiB is cut.
std::string journal_entry(const webpubsub::LogRecord& record, std::string_view identifier);

class JournalSink final : public webpubsub::LogSink {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/socket";
  // The loop that writes the log moves the data, too.
  static constexpr std::chrono::milliseconds kPatience{20};

  /// `patience`: how long write() may wait in all of a second. Errors: Unavailable when nobody
  /// listens at `socket_path`; Io.
  static webpubsub::Result<std::unique_ptr<JournalSink>> connect(
      std::string identifier, const std::string& socket_path,
      std::chrono::milliseconds patience = kPatience);
  /// Waits until the journal has read what was written, or half a second: while it reads it looks
  /// up whose entry it is, and nobody's is not in `journalctl -u`.
  ~JournalSink() override;
  JournalSink(const JournalSink&) = delete;
  JournalSink& operator=(const JournalSink&) = delete;

  /// Waits for room in the journal's queue, but no more than `patience` in a second; then an entry
  /// is lost and counted, and the count is the first entry once there is room again.
  void write(const webpubsub::LogRecord& record) override;

  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  JournalSink(int fd, std::string identifier, std::string socket_path,
              std::chrono::milliseconds patience);
  bool send(const std::string& entry);
  bool wait_for_room(const sockaddr_un& address);
  void tell_dropped();
  void wait_until_read() const;

  int fd_;
  std::string identifier_;
  std::string socket_path_;
  const std::chrono::milliseconds patience_;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_ = 0;  // of the dropped ones
  webpubsub::TimePoint patience_began_{};
  webpubsub::Duration waited_{};  // since then
};

}  // namespace gateway
