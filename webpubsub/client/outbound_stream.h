// One stream to a group: what was written and not yet acknowledged: internal to client/. Knows no
// clock and no socket; whoever does notes by when the service has to say something.
//
// The service acknowledges by the number it expects next, and asks by a number to be sent again
// from there. Source: reference, section 3.6.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "webpubsub/client/settled.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

class OutboundStream {
 public:
  static constexpr std::size_t kMaxFrames = 256;
  static constexpr std::size_t kMaxBytes = 1024 * 1024;

  explicit OutboundStream(Completion closed) : closed_(std::move(closed)) {}

  /// The number that the next frame carries.
  std::uint64_t next_id() const { return first_ + frames_.size(); }
  bool has_room(std::size_t bytes) const {
    return frames_.empty() || (frames_.size() < kMaxFrames && bytes_ + bytes <= kMaxBytes);
  }
  bool is_ending() const { return end_.has_value(); }
  bool is_started() const { return started_; }
  /// The service owes us an answer: that the stream is open, has what was sent, or is closed.
  bool is_waiting() const { return !started_ || sent_ > 0 || end_sent_; }
  std::optional<TimePoint> deadline() const { return deadline_; }
  void wait_until(std::optional<TimePoint> deadline) { deadline_ = deadline; }

  void push(std::string frame, Completion accepted) {
    bytes_ += frame.size();
    frames_.push_back({std::move(frame), std::move(accepted)});
  }
  /// Nothing more will be written; `frame` goes out when all else is acknowledged.
  void end(std::string frame) { end_ = std::move(frame); }

  /// Whether the service can expect this: nothing acknowledged before, nothing not written yet.
  bool covers(std::uint64_t expected) const { return expected >= first_ && expected <= next_id(); }
  /// The service has everything before `expected`. The first time it says that the stream is open.
  void acknowledge(std::uint64_t expected, SettledList& settled) {
    started_ = true;
    while (!frames_.empty() && first_ < expected) {
      bytes_ -= frames_.front().text.size();
      settle(settled, std::move(frames_.front().accepted), {});
      frames_.pop_front();
      ++first_;
      if (sent_ > 0) --sent_;
    }
  }
  /// It wants to be sent everything from `expected` on once more.
  void rewind(std::uint64_t expected, SettledList& settled) {
    acknowledge(expected, settled);
    rewind();
  }
  void rewind() {
    sent_ = 0;
    end_sent_ = false;
  }

  /// What to send now; null when there is nothing, or nothing may be sent yet.
  const std::string* next() const {
    if (!started_) return nullptr;
    if (sent_ < frames_.size()) return &frames_[sent_].text;
    return end_ && frames_.empty() && !end_sent_ ? &*end_ : nullptr;
  }
  void sent() {
    if (sent_ < frames_.size()) {
      ++sent_;
    } else {
      end_sent_ = end_ever_sent_ = true;
    }
  }
  /// The end may have arrived even if the service no longer knows the stream.
  bool was_ended() const { return end_ever_sent_; }

  /// It is over. What was not acknowledged has failed, however well the service speaks of the
  /// whole.
  void close(const Result<void>& outcome, SettledList& settled) {
    const Error lost =
        outcome ? Error{Errc::Unavailable, "the stream was closed first", 0} : outcome.error();
    for (Frame& frame : frames_) settle(settled, std::move(frame.accepted), lost);
    settle(settled, std::move(closed_), outcome);
  }

 private:
  struct Frame {
    std::string text{};
    Completion accepted{};
  };

  Completion closed_;
  std::deque<Frame> frames_{};  // not acknowledged, oldest first
  std::uint64_t first_ = 1;     // number of frames_.front()
  std::size_t sent_ = 0;        // of frames_, how many have left
  std::size_t bytes_ = 0;
  std::optional<std::string> end_{};
  std::optional<TimePoint> deadline_{};
  bool started_ = false;
  bool end_sent_ = false;
  bool end_ever_sent_ = false;
};

}  // namespace webpubsub
