// The groups a client wants to be in, over all its connections: internal to client/.
//
// The service forgets memberships with the connection, so each new one asks again for everything
// wanted, a window at a time, since a gateway's thousands would overrun the socket's queue. Knows
// no socket: it says what to send next and is told what came of it.

#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "webpubsub/client/settled.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

struct GroupRequest {
  bool join = true;  // or leave
  std::string group{};
  Completion done{};  // of a leave; those of a join wait with the group
};

/// A group we could not get into and nobody waits to hear of it.
struct RejoinFailure {
  std::string group{};
  Error why{};
};

class GroupMembership {
 public:
  static constexpr std::size_t kMaxGroups = 10'000;
  static constexpr std::size_t kMaxInFlight = 32;
  static constexpr unsigned kMaxAttempts = 4;  // per connection

  /// Wants `group` from now on. False, and `done` dropped, when there are too many.
  [[nodiscard]] bool join(const std::string& group, Completion done);
  /// Wants it no more. Whoever waits to be in it gets Cancelled.
  void leave(const std::string& group, Completion done, SettledList& settled);

  /// A new connection: everything wanted is asked for again.
  void connected();
  /// The connection is over, and with it all memberships. Without `keep` they are not asked for
  /// again, and whoever waits gets `why`.
  void disconnected(bool keep, const Error& why, SettledList& settled);
  /// The client stops or goes: whoever waits gets `why`, what is wanted stays so.
  void end(const Error& why, SettledList& settled);

  /// What to send next, if anything may be sent now.
  const GroupRequest* next();
  /// It was sent, and this ack will answer it.
  void sent(AckId ack_id);
  /// The answer. Transient failures are tried again a few times.
  std::optional<RejoinFailure> answered(AckId ack_id, Result<void> outcome, TimePoint now,
                                        SettledList& settled);

  /// When retry() has something to do.
  std::optional<TimePoint> retry_due() const;
  void retry(TimePoint now);

 private:
  enum class State : std::uint8_t { Idle, Queued, InFlight, BackingOff, Joined };
  struct Wanted {
    State state = State::Idle;
    unsigned attempts = 0;
    AckId ack_id = 0;      // while in flight
    TimePoint retry_at{};  // while backing off
    Backoff backoff{{std::chrono::milliseconds(100), std::chrono::milliseconds(500),
                     std::chrono::milliseconds(5000)}};
    std::vector<Completion> waiting{};
  };

  void enqueue(const std::string& group, Wanted& wanted);
  static void settle_all(Wanted& wanted, const Result<void>& outcome, SettledList& settled);

  std::map<std::string, Wanted> wanted_;
  std::deque<GroupRequest> queue_;
  std::map<AckId, GroupRequest> in_flight_;
  bool connected_ = false;
};

}  // namespace webpubsub
