// Requests that wait for the service's ack: internal to client/.
//
// Ids grow and all wait equally long, so the order of ids is the order of deadlines and one look
// at the first entry says when to look again: one timer for all.

#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "base/clock.h"
#include "webpubsub/client/settled.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

class PendingAcks {
 public:
  /// `ack_id` is larger, and `deadline` not earlier, than any before. `done` may be empty.
  void add(AckId ack_id, TimePoint deadline, Completion done);

  /// Ends the wait for `ack_id` and gives its completion, perhaps an empty one; nothing when nobody
  /// waits for it (any more).
  std::optional<Completion> take(AckId ack_id);
  /// The same for the first whose deadline has passed.
  std::optional<Completion> take_expired(TimePoint now);

  std::optional<TimePoint> deadline() const;
  std::size_t size() const noexcept { return waiting_.size(); }

  /// The connection is over: all get `why`.
  void end(const Error& why, SettledList& settled);

 private:
  struct Waiting {
    TimePoint deadline{};
    Completion done{};
  };
  using Table = std::map<AckId, Waiting>;
  Completion take(Table::iterator entry);

  Table waiting_;
};

}  // namespace webpubsub
