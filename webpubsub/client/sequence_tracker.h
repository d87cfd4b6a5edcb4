// Which messages of a reliable connection have arrived, and when to say so: internal to client/.
// Knows no clock and no socket.
//
// The service keeps what is not acknowledged, 1,000 messages or 16 MB at most, and ends the
// connection for good beyond that. So we acknowledge on receipt, whatever the application does with
// the message, and by count and size as well as by time. One ack stands for all before it.
// Source: client specification, 2.2.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

class SequenceTracker {
 public:
  static constexpr std::size_t kMaxMessages = 100;
  static constexpr std::size_t kMaxBytes = 1024 * 1024;
  static constexpr std::chrono::milliseconds kMaxDelay{1000};

  /// A new connection: numbers begin anew.
  void reset() { *this = {}; }

  /// A message of `bytes` came. False when it came before and must be passed over; its ack was
  /// lost then, so it counts as one to acknowledge all the same.
  [[nodiscard]] bool arrived(SequenceId id, std::size_t bytes, TimePoint now) {
    const bool is_new = id > largest_;
    largest_ = std::max(largest_, id);
    ++messages_;
    bytes_ += bytes;
    if (!deadline_) deadline_ = now + kMaxDelay;
    if (messages_ >= kMaxMessages || bytes_ >= kMaxBytes) deadline_ = now;
    return is_new;
  }

  /// When an ack is due; nothing when there is none to send.
  std::optional<TimePoint> deadline() const { return deadline_; }
  bool is_due(TimePoint now) const { return deadline_ && *deadline_ <= now; }
  SequenceId largest() const { return largest_; }

  /// The socket had no room for the ack.
  void postpone(TimePoint now) { deadline_ = now + kMaxDelay / 10; }
  /// largest() was acknowledged.
  void acknowledged() {
    messages_ = bytes_ = 0;
    deadline_.reset();
  }

 private:
  SequenceId largest_ = 0;
  std::size_t messages_ = 0;  // since the last ack
  std::size_t bytes_ = 0;
  std::optional<TimePoint> deadline_{};
};

}  // namespace webpubsub
