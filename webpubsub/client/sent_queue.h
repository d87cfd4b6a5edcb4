// Who waits for which frame to leave for the socket: internal to client/.
//
// The socket counts frames. Only the waiting are stored, by the number of their frame, so that a
// frame nobody waits for costs nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "webpubsub/client/settled.h"

namespace webpubsub {

class SentQueue {
 public:
  /// One more frame was queued; `done` may be empty.
  void add(Completion done) {
    ++queued_;
    if (done) waiting_.push_back({queued_, std::move(done)});
  }

  /// `count` more frames, oldest first, have left.
  void left(std::size_t count) { left_ += count; }

  /// The next completion whose frame has left; empty when there is none.
  Completion take() {
    if (waiting_.empty() || waiting_.front().frame > left_) return {};
    Completion done = std::move(waiting_.front().done);
    waiting_.pop_front();
    return done;
  }

  /// The connection is over: the frames that have left were sent, the others get `why`.
  void end(const Error& why, SettledList& settled) {
    for (Waiting& waiting : std::exchange(waiting_, {})) {
      const bool sent = waiting.frame <= left_;
      settle(settled, std::move(waiting.done), sent ? Result<void>() : Result<void>(why));
    }
    queued_ = left_ = 0;
  }

 private:
  struct Waiting {
    std::uint64_t frame = 0;
    Completion done{};
  };

  std::deque<Waiting> waiting_;
  std::uint64_t queued_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace webpubsub
