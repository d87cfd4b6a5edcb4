// Whether everything that should move does: what feeding the watchdog depends on.
//
// A link that is away is no reason to be restarted, nor is one with nothing to do. What is: a part
// that claims to be at work and shows no sign of it for far longer than its own deadlines allow, so
// that only a fresh process helps.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gateway {

/// One part that has to move: the loop, a link, or a stage between them. Limits leave room for the
/// part's own deadlines; zero means that this sign is not looked at.
struct PartFigures {
  std::string name{};  // as in "the link to the broker"
  /// Work it should be getting on with, and a number that changes whenever it does.
  bool has_work = false;
  std::uint64_t moved = 0;
  std::chrono::milliseconds work_limit{};
  /// When it was last heard of, for parts that are asked for signs of life.
  std::optional<webpubsub::TimePoint> heard{};
  std::chrono::milliseconds silence_limit{};
  /// By when the present attempt to connect, or the wait for it, ends by itself.
  std::optional<webpubsub::TimePoint> attempt_ends{};
  std::chrono::milliseconds attempt_limit{};  // grace beyond that
};

/// Knows no clock and no link. Parts are told apart by name.
class Progress {
 public:
  /// What hangs, in words; nothing while everything moves. To be asked every few seconds: after a
  /// minute without a look nothing is held against anybody.
  std::optional<std::string> look(const std::vector<PartFigures>& parts, webpubsub::TimePoint now);

 private:
  struct Seen {
    std::string name{};
    std::uint64_t moved = 0;
    webpubsub::TimePoint since{};  // has been idle, or last moved
  };

  std::optional<std::string> look_at(const PartFigures& part, webpubsub::TimePoint now);
  Seen& seen(const PartFigures& part, webpubsub::TimePoint now);

  std::vector<Seen> seen_{};
  webpubsub::TimePoint looked_{};
};

}  // namespace gateway
