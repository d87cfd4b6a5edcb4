#include "bridge/store/spool_queue.h"

#include <algorithm>
#include <utility>

#include "bridge/store/keys.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

constexpr std::size_t kMostSegments = 16;
std::uint32_t size_of(std::string_view key, std::string_view value) {
  return static_cast<std::uint32_t>(key.size() + value.size());
}

}  // namespace

SpoolQueue::SpoolQueue(SpoolShared& shared, std::uint32_t rule, std::string name)
    : shared_(shared), rule_(rule), name_(std::move(name)) {
  segments_.emplace_back(1, Segment::kOpen);
  set_limits({});
}

std::uint64_t SpoolQueue::pending() const noexcept { return restored_ + appended_ - settled_; }

std::uint64_t SpoolQueue::pending_bytes() const noexcept {
  const auto held = restored_bytes_ + appended_bytes_;
  const std::uint64_t settled = settled_bytes_;
  return held > settled ? held - settled : 0;
}

SpoolQueue::Append SpoolQueue::append(std::string_view topic, std::string_view payload,
                                      std::int64_t time, std::uint8_t qos, bool retained) {
  if (!shared_.database.usable()) return Append::Unusable;
  buffer_.clear();
  encode({.time = time,
          .stamp = shared_.clock.at(webpubsub::steady_now()),
          .before = position_,
          .qos = qos,
          .retained = retained,
          .topic = topic,
          .payload = payload},
         buffer_);
  const auto key = keys::message(rule_, end_);
  const auto bytes = size_of(key, buffer_);
  const bool full = pending() >= refuse_above_messages_ ||
                    pending_bytes() + bytes > refuse_above_bytes_ ||
                    shared_.bytes + bytes > shared_.max_bytes + shared_.max_bytes / 16;
  if (blocks_) {
    if (!takes_beyond(bytes)) return Append::Beyond;
  } else if (full) {
    ++refused_;
    return Append::Full;
  }
  if (!shared_.database.put(key, buffer_, shared_.write)) return Append::Unusable;
  position_ += bytes;
  ++appended_;
  appended_bytes_ += bytes;
  shared_.bytes += bytes;
  ++end_;  // last: from here on the loop reads it
  return blocks_ && reached() != Limit::None ? Append::StoredLast : Append::Stored;
}

void SpoolQueue::begin_live() {
  auto& last = segments_.back();
  const std::uint64_t end = end_;
  if (last.next() >= end || segments_.size() >= kMostSegments) return;
  last.set_end(end);
  segments_.emplace_back(end, Segment::kOpen);
  moved_ = true;
}

bool SpoolQueue::has_unread(Part part) const {
  if (!shared_.database.usable()) return false;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const bool last = i + 1 == segments_.size();
    if ((part == Part::Backlog && last) || (part == Part::Live && !last)) continue;
    if (segments_[i].next() < std::min<std::uint64_t>(segments_[i].end(), end_)) return true;
  }
  return false;
}

SpoolQueue::Amount SpoolQueue::read(Part part, Amount limit, const Take& take) {
  return read_below(Segment::kOpen, part, limit, take);
}

SpoolQueue::Amount SpoolQueue::read_below(std::uint64_t end, Part part, Amount limit,
                                          const Take& take) {
  Amount taken;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const bool last = i + 1 == segments_.size();
    if ((part == Part::Backlog && last) || (part == Part::Live && !last)) continue;
    const auto more = read_segment(segments_[i], end,
                                   {limit.messages - std::min(limit.messages, taken.messages),
                                    limit.bytes - std::min(limit.bytes, taken.bytes)},
                                   take);
    taken.messages += more.messages;
    taken.bytes += more.bytes;
    if (taken.messages >= limit.messages || taken.bytes >= limit.bytes) break;
  }
  forget_done();
  return taken;
}

// First they are found, then given away: whoever gets them may use the store.
SpoolQueue::Amount SpoolQueue::read_segment(Segment& segment, std::uint64_t below, Amount limit,
                                            const Take& take) {
  Amount taken;
  // In this order: what the cursor sees is everything below `end`, at least.
  const auto end = std::min<std::uint64_t>({segment.end(), below, end_});
  const auto seen = segment.next() < end ? find(segment, end, limit) : segment.next();
  for (const auto& [sequence, value] : found_) {
    while (segment.next() < sequence && segment.pass_over()) {
    }
    if (segment.next() < sequence) miss(segment, sequence, segment.next() >= holes_until_);
    if (segment.next() != sequence || segment.pass_over()) continue;
    const auto message = decode(sequence, value);
    if (!message) {
      shared_.changes.erase(keys::message(rule_, sequence));
      miss(segment, sequence + 1, true);
      continue;
    }
    const auto bytes = size_of(keys::message(rule_, sequence), value);
    const auto holds = take(*message);
    segment.read(bytes, holds);
    if (holds == 0) {
      settle(sequence, bytes);
    } else {
      ++held_;
    }
    ++taken.messages;
    taken.bytes += bytes;
  }
  found_.clear();
  while (segment.next() < seen) {
    if (!segment.pass_over()) miss(segment, seen, segment.next() >= holes_until_);
  }
  return taken;
}

/// Fills found_ with the messages from the next one on. Answers up to where that is all there is.
std::uint64_t SpoolQueue::find(const Segment& segment, std::uint64_t end, Amount limit) {
  found_.clear();
  auto cursor = shared_.database.cursor();
  if (!cursor.usable()) return segment.next();
  moved_ = true;
  Amount found;
  for (cursor.seek(keys::message(rule_, segment.next())); cursor.valid(); cursor.next()) {
    if (cursor.failed()) break;
    const auto sequence = keys::message_sequence(cursor.key(), rule_);
    if (!sequence || *sequence >= end) break;
    if (found.messages >= limit.messages || found.bytes >= limit.bytes) return *sequence;
    found_.emplace_back(*sequence, cursor.value());
    ++found.messages;
    found.bytes += cursor.value().size();
  }
  // What could not be read is not lost yet: it will be repaired.
  if (!cursor.failed()) return end;
  return found_.empty() ? segment.next() : found_.back().first + 1;
}

/// Nothing below `there` can be read; `counted`: it was believed to be there.
void SpoolQueue::miss(Segment& segment, std::uint64_t there, bool counted) {
  const auto missing = segment.skip_to(there);
  if (counted) lose(missing);
}

/// They were counted as pending, and there is no telling how large they were.
void SpoolQueue::lose(std::uint64_t count) {
  const auto known = std::min(count, pending());
  if (known == 0) return;
  lost_ += known;
  const auto bytes = pending_bytes() / pending() * known;
  settled_ += known;
  settled_bytes_ += bytes;
  shared_.bytes -= bytes;
}

void SpoolQueue::settle(std::uint64_t sequence, std::uint32_t bytes) {
  shared_.changes.erase(keys::message(rule_, sequence));
  ++settled_;
  settled_bytes_ += bytes;
  shared_.bytes -= bytes;
  moved_ = true;
}

void SpoolQueue::forget_done() {
  std::erase_if(segments_, [](const Segment& segment) { return segment.done(); });
}

std::optional<std::string> SpoolQueue::stored(std::uint64_t sequence) const {
  return shared_.database.get(keys::message(rule_, sequence));
}

std::optional<SpooledMessage> SpoolQueue::decode(std::uint64_t sequence,
                                                 std::string_view value) const {
  const auto message = decode_message(value);
  if (!message) return std::nullopt;
  return SpooledMessage{sequence, shared_.clock.when(message->stamp), *message};
}

void SpoolQueue::note_batch(std::string_view group, std::uint64_t sequence,
                            const std::vector<std::uint64_t>& messages) {
  std::string value;
  encode(messages, value);
  shared_.changes.put(keys::batch(rule_, group, sequence), value);
  shared_.noted = true;
  ++under_way(group).batches;
}

SpoolQueue::GroupUnderWay& SpoolQueue::under_way(std::string_view group) {
  const auto [found, is_new] = groups_.try_emplace(std::string(group));
  const auto known = is_new ? sequences_.find(found->first) : sequences_.end();
  if (known != sequences_.end()) found->second.settled = known->second;
  return found->second;
}

// Batches are done in any order. The group goes on after the highest number that is done, lest one
// that a receiver has seen come back for something else.
void SpoolQueue::settle_batch(std::string_view group, std::uint64_t sequence,
                              const std::vector<std::uint64_t>& messages) {
  shared_.changes.erase(keys::batch(rule_, group, sequence));
  auto& own = under_way(group);
  own.settled = std::max(own.settled, sequence);
  std::string value;
  encode(std::vector<std::uint64_t>{own.settled}, value);
  shared_.changes.put(keys::group(rule_, group), value);
  if (own.batches > 1) {
    --own.batches;
  } else {
    groups_.erase(groups_.find(std::string(group)));
  }
  settle_messages(messages);
}

void SpoolQueue::settle_messages(const std::vector<std::uint64_t>& messages) {
  for (const auto message : messages) {
    for (auto& segment : segments_) {
      if (!segment.contains(message)) continue;
      if (const auto bytes = segment.release(message)) {
        settle(message, *bytes);
        --held_;
      }
      break;
    }
  }
  forget_done();
}

void SpoolQueue::put_back(std::string_view group, std::uint64_t sequence,
                          const std::vector<std::uint64_t>& messages) {
  shared_.changes.erase(keys::batch(rule_, group, sequence));
  for (const auto message : messages) {
    for (auto& segment : segments_) {
      if (segment.contains(message) && segment.put_back(message)) --held_;
    }
  }
}

std::uint64_t SpoolQueue::waiting_below(std::uint64_t end) const {
  const auto stored = std::min<std::uint64_t>(end, end_);
  std::uint64_t count = 0;
  for (const auto& segment : segments_) count += segment.waiting_below(stored);
  return count;
}

SpoolCounts SpoolQueue::counts() const {
  return {.restored = restored_,
          .appended = appended_,
          .refused = refused_,
          .dropped = dropped_,
          .expired = expired_,
          .purged = purged_,
          .lost = lost_,
          .pending = pending(),
          .bytes = pending_bytes(),
          .held = held_};
}

std::optional<TimePoint> SpoolQueue::oldest() const {
  if (pending() == 0) return std::nullopt;
  auto cursor = shared_.database.cursor();
  cursor.seek(keys::message(rule_, segments_.front().first()));
  if (!cursor.valid() || !keys::message_sequence(cursor.key(), rule_)) return std::nullopt;
  const auto message = decode_message(cursor.value());
  if (!message) return std::nullopt;
  return shared_.clock.when(message->stamp);
}

void SpoolQueue::peek(const std::function<bool(const SpooledMessage&)>& take) const {
  auto cursor = shared_.database.cursor();
  for (const auto& segment : segments_) {
    cursor.seek(keys::message(rule_, segment.next()));
    for (; cursor.valid(); cursor.next()) {
      const auto sequence = keys::message_sequence(cursor.key(), rule_);
      if (!sequence || *sequence >= segment.end()) break;
      const auto message = decode_message(cursor.value());
      if (message && !take({*sequence, shared_.clock.when(message->stamp), *message})) return;
    }
  }
}

void SpoolQueue::each(std::uint64_t after,
                      const std::function<bool(const SpooledMessage&)>& take) const {
  // Not over all that was forgotten before it, which may not be off the disk yet.
  const auto first = std::max(after + 1, segments_.front().first());
  auto cursor = shared_.database.cursor();
  for (cursor.seek(keys::message(rule_, first)); cursor.valid(); cursor.next()) {
    const auto sequence = keys::message_sequence(cursor.key(), rule_);
    if (!sequence) return;
    const auto message = decode(*sequence, cursor.value());
    if (message && !take(*message)) return;
  }
}

void SpoolQueue::write_head() {
  if (!std::exchange(moved_, false)) return;
  std::vector<Stretch> stretches;
  for (const auto& segment : segments_) {
    stretches.push_back(
        {segment.first(), segment.mark(), segment.end() == Segment::kOpen ? 0 : segment.end()});
  }
  std::string value;
  encode(stretches, value);
  shared_.changes.put(keys::head(rule_), value);
  settled_below_ = segments_.front().first();
}

std::pair<std::string, std::string> SpoolQueue::settled_range() const {
  return {keys::message(rule_, 0), keys::message(rule_, settled_below_)};
}

}  // namespace gateway
