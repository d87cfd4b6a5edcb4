// Invocations that wait for their answer: internal to client/. Knows no clock and no socket.
//
// All wait equally long, so the order of ids is the order of deadlines.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "webpubsub/client/settled.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

class Invocations {
 public:
  using Done = std::function<void(Result<Data>)>;

  /// `id` is larger, and `deadline` not earlier, than any before.
  void add(std::uint64_t id, TimePoint deadline, Done done) {
    waiting_.emplace_hint(waiting_.end(), id, Waiting{deadline, std::move(done)});
  }

  /// Ends the wait for `id`; empty when nobody waits for it (any more).
  Done take(std::uint64_t id) {
    const auto entry = waiting_.find(id);
    if (entry == waiting_.end()) return {};
    Done done = std::move(entry->second.done);
    waiting_.erase(entry);
    return done;
  }

  /// The first whose deadline has passed.
  std::optional<std::uint64_t> expired(TimePoint now) const {
    if (waiting_.empty() || waiting_.begin()->second.deadline > now) return std::nullopt;
    return waiting_.begin()->first;
  }
  std::optional<TimePoint> deadline() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->second.deadline;
  }
  std::size_t size() const noexcept { return waiting_.size(); }

  /// The socket is lost: all get `why`.
  void end(const Error& why, SettledList& settled) {
    for (auto& [id, waiting] : std::exchange(waiting_, {})) {
      settle(settled, failing(std::move(waiting.done)), why);
    }
  }

  /// For outcomes that can only be errors.
  static Completion failing(Done done) {
    return [done = std::move(done)](const Result<void>& outcome) { done(outcome.error()); };
  }

 private:
  struct Waiting {
    TimePoint deadline{};
    Done done{};
  };
  std::map<std::uint64_t, Waiting> waiting_{};
};

}  // namespace webpubsub
