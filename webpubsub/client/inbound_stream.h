// A stream that arrives: what one publisher writes to a group, piece by piece, in order and whole,
// or with an error that says why not.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "webpubsub/protocol/frames.h"

namespace webpubsub {

struct InboundStreamLimits {
  std::size_t max_messages = 256;       // not read yet; beyond, the stream ends with an error
  std::size_t max_bytes = 1024 * 1024;  // likewise
};

/// Used, and calling back, on its client's loop. May be kept for as long as one likes.
class InboundStream {
 public:
  InboundStream(std::string group, std::string id, std::uint64_t first, InboundStreamLimits limits)
      : group_(std::move(group)),
        id_(std::move(id)),
        first_(first),
        next_(first),
        limits_(limits) {}

  const std::string& group() const { return group_; }
  const std::string& id() const { return id_; }
  /// 1, or the number of the first piece that came when the beginning was missed.
  std::uint64_t first_sequence_id() const { return first_; }

  /// The oldest piece that was not read yet, if there is one.
  std::optional<GroupMessage> read();
  /// Nothing more will come; what did can still be read.
  bool has_ended() const { return ended_; }
  /// Why it is not whole. From the publisher or the service: "UserError", "IdleTimeout",
  /// "Forbidden", "Cancelled", "InternalServerError". From here: "SequenceGap" (a piece is
  /// missing), "BufferFull" (nobody read), "IdleTimeout", "ConnectionLost", "Stopped".
  const std::optional<StreamError>& error() const { return error_; }

  /// `callback` runs whenever there is more to read, and a last time when the stream has ended. It
  /// may hold the stream itself, and is let go with the end.
  void on_change(std::function<void()> callback) { on_change_ = std::move(callback); }

 private:
  friend class StreamReceiver;
  bool expects(std::uint64_t sequence_id) const { return sequence_id == next_; }
  /// False when there is no room.
  bool add(const GroupMessage& message);
  void end(std::optional<StreamError> error);
  void tell();

  std::string group_;
  std::string id_;
  std::uint64_t first_;
  std::uint64_t next_;
  InboundStreamLimits limits_;
  std::deque<GroupMessage> unread_{};
  std::size_t bytes_ = 0;
  bool ended_ = false;
  std::optional<StreamError> error_{};
  std::function<void()> on_change_{};
};

}  // namespace webpubsub
