// What a client of a reliable subprotocol has been sent, or will be, and has not yet acknowledged.
//
// Messages stay here from the moment they are numbered; a lost socket only moves the mark between
// sent and unsent back to the beginning. Source: reference, section 5.2.

#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "net/websocket.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub::hub {

class RetainedMessages {
 public:
  struct Limits {
    std::size_t messages = 1000;
    std::size_t bytes = 16 * 1024 * 1024;
  };
  using Message = std::shared_ptr<net::Message>;

  explicit RetainedMessages(Limits limits) : limits_(limits) {}

  /// The number of the next message; they begin at 1.
  SequenceId next_id() const noexcept { return last_ + 1; }
  /// Keeps the message with that number. False when there is no room: the client acknowledges too
  /// little, and its connection is beyond recovery.
  /// One that expires is left out when it has to be sent again after that; its number stays its
  /// own.
  [[nodiscard]] bool add(Message message, std::optional<TimePoint> expires = {});

  /// Forgets the messages up to `id`, but none that was never sent.
  void acknowledge(SequenceId id);

  /// The oldest message that the present socket has not got; null when there is none.
  const Message* next_unsent() const;
  void sent();  ///< It has got that one.
  /// A new socket: everything kept has to be sent again, but for what has expired.
  void rewind(TimePoint now);

  std::size_t size() const noexcept { return messages_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }
  std::uint64_t expired() const noexcept { return expired_; }

 private:
  struct Kept {
    Message message{};  // null: expired
    std::optional<TimePoint> expires{};
  };

  void pass_over_expired();

  Limits limits_;
  std::deque<Kept> messages_{};  // oldest first, without gaps
  std::size_t sent_ = 0;         // of those kept, how many the present socket has got
  std::size_t bytes_ = 0;
  SequenceId last_ = 0;  // number of messages_.back()
  SequenceId ever_sent_ = 0;
  std::uint64_t expired_ = 0;
};

}  // namespace webpubsub::hub
