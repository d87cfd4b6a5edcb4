// What a queue has room for, and what goes when there is none.

#include <algorithm>
#include <limits>

#include "bridge/store/spool_queue.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kTrimmedAtOnce = 1'024;
constexpr std::size_t kTrimStep = 32;
constexpr std::size_t kDroppedBytes = 512 * 1024;  // at once, for what is dropped is looked at

/// The loop drops the oldest a little later than the MQTT thread adds: by then it may be this much
/// more.
std::uint64_t with_slack(std::uint64_t limit) {
  return limit == 0 ? kNoLimit : limit + std::max<std::uint64_t>(limit / 16, 1);
}

std::uint64_t or_none(std::uint64_t limit) { return limit == 0 ? kNoLimit : limit; }

// What comes between the limit and the end of the connection is stored all the same.
constexpr std::uint64_t kMostBeyond = 1024 * 1024;

std::uint64_t at_limit(std::uint64_t limit) { return limit; }

std::uint64_t near_limit(std::uint64_t limit) {
  return limit - std::max<std::uint64_t>(limit / 10, 1) + 1;
}

}  // namespace

void SpoolQueue::set_limits(const SpoolLimits& limits) {
  limits_ = limits;
  const auto above = limits.drop_oldest ? with_slack : or_none;
  refuse_above_messages_ = above(limits.max_messages);
  refuse_above_bytes_ = above(limits.max_bytes);
  blocks_ = limits.blocks;
}

// Of the store as a whole it leaves a part to the others, whose oldest would go for its sake.
SpoolQueue::Limit SpoolQueue::limit_at(std::uint64_t (*mark)(std::uint64_t)) const {
  const auto reached = [mark](std::uint64_t used, std::uint64_t limit) {
    return limit != kNoLimit && used >= mark(limit);
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

bool SpoolQueue::over(std::uint64_t messages, std::uint64_t bytes) const {
  return messages > or_none(limits_.max_messages) || bytes > or_none(limits_.max_bytes) ||
         (limits_.drop_oldest && shared_.bytes > shared_.max_bytes);
}

bool SpoolQueue::trim_full() {
  for (std::size_t done = 0; done < kTrimmedAtOnce; done += kTrimStep) {
    if (!limits_.drop_oldest || !over(pending(), pending_bytes())) return false;
    if (!has_unread(Part::All)) return false;
    dropped_ += drop_unread(kTrimStep, Segment::kOpen);
  }
  return true;
}

bool SpoolQueue::trim_old(TimePoint now) {
  for (std::size_t done = 0; done < kTrimmedAtOnce; done += kTrimStep) {
    const auto count = has_unread(Part::All) ? count_expired(now) : 0;
    if (count == 0) return false;
    expired_ += drop_unread(count, Segment::kOpen);
  }
  return true;
}

/// Of the next few.
std::size_t SpoolQueue::count_expired(TimePoint now) const {
  if (limits_.max_age.count() == 0) return 0;
  const auto horizon = shared_.clock.at(now) - limits_.max_age.count();
  std::size_t expired = 0;
  peek([&](const SpooledMessage& message) {
    if (message.message.stamp >= horizon) return false;
    return ++expired < kTrimStep;
  });
  return expired;
}

std::uint64_t SpoolQueue::drop_unread(std::size_t count, std::uint64_t end) {
  const auto none = [](const SpooledMessage&) { return std::uint16_t{0}; };
  return read_below(end, Part::All, {count, kDroppedBytes}, none).messages;
}

std::uint64_t SpoolQueue::purge(std::uint64_t end) {
  const auto dropped = drop_unread(kTrimmedAtOnce, end);
  purged_ += dropped;
  return dropped;
}

}  // namespace gateway
