// Requests that wait for the service's ack: internal to client/.
//
// Each keeps its frame, so that the very same request with the same id can be sent once more: over
// a recovered connection, or after an answer that asks for it. The service knows by the id what it
// has carried out. All wait equally long, so deadlines are in the order they were set, and one look
// at the first says when to look again: one timer for all.

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "webpubsub/client/settled.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

class PendingAcks {
 public:
  struct Request {
    std::string frame{};
    unsigned retries = 0;  // left
    Completion done{};     // may be empty
  };

  /// `deadline` is not earlier than any before; `ack_id` is larger.
  void add(AckId ack_id, TimePoint deadline, Request request);

  /// Ends the wait for `ack_id` and gives its completion, perhaps an empty one; nothing when nobody
  /// waits for it (any more).
  std::optional<Completion> take(AckId ack_id);
  /// The same for the first whose deadline has passed.
  std::optional<Completion> take_expired(TimePoint now);
  std::optional<TimePoint> deadline() const;

  /// The answer was that the same may be tried again: true when it will be, at `at`, which is not
  /// earlier than any before.
  bool rest(AckId ack_id, TimePoint at);
  /// The first whose rest is over.
  std::optional<AckId> rested(TimePoint now) const;
  std::optional<TimePoint> rest_over() const;
  /// It was sent again and waits until `deadline`.
  void resumed(AckId ack_id, TimePoint deadline);

  /// A recovered connection: the first request from `ack_id` on that does not rest.
  std::optional<AckId> first_unanswered(AckId from) const;
  std::string_view frame(AckId ack_id) const { return waiting_.at(ack_id).request.frame; }

  std::size_t size() const noexcept { return waiting_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }  ///< Of their frames.

  /// The connection is over: all get `why`.
  void end(const Error& why, SettledList& settled);

 private:
  struct Waiting {
    TimePoint deadline{};
    bool resting = false;
    Request request{};
  };
  using Table = std::map<AckId, Waiting>;
  using Schedule = std::deque<std::pair<TimePoint, AckId>>;
  Completion take(Table::iterator entry);
  bool is_current(const Schedule::value_type& slot, bool resting) const;
  void tidy();

  Table waiting_{};
  Schedule deadlines_{};  // some may be out of date, but not the first
  Schedule rests_{};      // likewise
  std::size_t bytes_ = 0;
};

}  // namespace webpubsub
