// When a queue that blocks has room.

#include <algorithm>
#include <limits>

#include "bridge/store/spool_queue.h"

namespace gateway {

namespace {

// What comes between the limit and the end of the connection is stored all the same.
constexpr std::uint64_t kMostBeyond = 1024 * 1024;

std::uint64_t at_limit(std::uint64_t limit) { return limit; }

std::uint64_t near_limit(std::uint64_t limit) {
  return limit - std::max<std::uint64_t>(limit / 10, 1) + 1;
}

}  // namespace

// Of the store as a whole it leaves a part to the others, whose oldest would go for its sake.
SpoolQueue::Limit SpoolQueue::limit_at(std::uint64_t (*mark)(std::uint64_t)) const {
  constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();
  const auto reached = [mark](std::uint64_t used, std::uint64_t limit) {
    return limit != kNone && used >= mark(limit);
  };
  if (!shared_.database.usable()) return Limit::Disk;
  if (reached(pending(), refuse_above_messages_)) return Limit::Messages;
  if (reached(pending_bytes(), refuse_above_bytes_)) return Limit::Bytes;
  const std::uint64_t whole = shared_.max_bytes;
  return reached(shared_.bytes, whole - whole / 16) ? Limit::Store : Limit::None;
}

SpoolQueue::Limit SpoolQueue::reached() const { return limit_at(at_limit); }

SpoolQueue::Limit SpoolQueue::near() const { return limit_at(near_limit); }

/// The MQTT thread's. The message at hand may be as large as any.
bool SpoolQueue::takes_beyond(std::uint64_t bytes) {
  if (reached() == Limit::None) {
    beyond_ = 0;
    return true;
  }
  if (beyond_ >= kMostBeyond) return false;
  beyond_ += bytes;
  return true;
}

}  // namespace gateway
