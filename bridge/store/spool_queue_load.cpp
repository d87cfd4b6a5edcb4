// What a queue finds on the disk when the process starts.

#include <algorithm>

#include "bridge/store/keys.h"
#include "bridge/store/spool_queue.h"

namespace gateway {

namespace {

constexpr std::size_t kMostGroups = 2'000;

}  // namespace

void SpoolQueue::load(bool repaired, std::uint64_t skipped) {
  std::map<std::uint64_t, std::uint16_t> held;
  load_batches(held);
  for (auto& [group, sequence] : sequences_) sequence += skipped;
  std::vector<Stretch> stretches;
  if (const auto head = shared_.database.get(keys::head(rule_))) {
    stretches = decode_stretches(*head).value_or(std::vector<Stretch>());
  }
  if (stretches.empty() && repaired) {
    // Nobody knows any more where it began: here, as far as can be seen.
    auto cursor = shared_.database.cursor();
    cursor.seek(keys::message(rule_, 0));
    const auto first = cursor.valid() ? keys::message_sequence(cursor.key(), rule_) : std::nullopt;
    if (first) stretches.push_back({*first, *first, 0});
  }
  if (stretches.empty() || stretches.back().end != 0) stretches.push_back({});
  std::uint64_t end = std::max(stretches.back().first, stretches.back().mark);
  {
    auto cursor = shared_.database.cursor();
    cursor.seek_below(keys::message(rule_, Segment::kOpen));
    const auto last = cursor.valid() ? keys::message_sequence(cursor.key(), rule_) : std::nullopt;
    if (last) end = std::max(end, *last + 1);
    const auto message = last ? decode_message(cursor.value()) : std::nullopt;
    if (message) {
      position_ = message->before + cursor.key().size() + cursor.value().size();
      shared_.clock.resume(message->stamp, message->time,
                           webpubsub::unix_milliseconds(webpubsub::wall_now()));
    }
  }
  end_ = end;
  holes_until_ = repaired ? end : 0;
  segments_.clear();
  for (const auto& stretch : stretches) load_stretch(stretch, held, repaired);
}

void SpoolQueue::load_batches(std::map<std::uint64_t, std::uint16_t>& held) {
  const auto batches = keys::batches(rule_);
  auto cursor = shared_.database.cursor();
  for (cursor.seek(batches); cursor.valid() && cursor.key().starts_with(batches); cursor.next()) {
    auto name = keys::batch_name(cursor.key(), rule_);
    auto messages = decode_numbers(cursor.value());
    if (!name || !messages) continue;
    for (const auto message : *messages) ++held[message];
    unfinished_.push_back({std::move(name->group), name->sequence, std::move(*messages)});
  }
  const auto groups = keys::groups(rule_);
  for (cursor.seek(groups); cursor.valid() && cursor.key().starts_with(groups); cursor.next()) {
    const auto numbers = decode_numbers(cursor.value());
    if (!numbers || numbers->size() != 1) continue;
    sequences_[std::string(cursor.key().substr(groups.size()))] = numbers->front();
  }
  if (sequences_.size() <= kMostGroups) return;
  // More than a rule keeps apart. Under no name: where groups begin that are not in the list.
  std::uint64_t highest = 0;
  for (const auto& [group, sequence] : sequences_) {
    highest = std::max(highest, sequence);
    shared_.changes.erase(keys::group(rule_, group));
  }
  sequences_ = {{"", highest}};
  std::string value;
  encode(std::vector<std::uint64_t>{highest}, value);
  shared_.changes.put(keys::group(rule_, ""), value);
}

void SpoolQueue::load_stretch(const Stretch& stretch,
                              const std::map<std::uint64_t, std::uint16_t>& held, bool repaired) {
  const auto end = stretch.end == 0 ? end_.load() : stretch.end;
  auto& segment =
      segments_.emplace_back(stretch.first, stretch.end == 0 ? Segment::kOpen : stretch.end);
  auto mark = std::max(stretch.first, stretch.mark);
  if (const auto above = held.lower_bound(end); above != held.begin()) {
    mark = std::max(mark, std::prev(above)->first + 1);
  }
  mark = std::min(mark, end);
  load_read(segment, mark, held);
  load_rest(mark, end, repaired);
}

/// What was read already: some of it was settled, some is in batches.
void SpoolQueue::load_read(Segment& segment, std::uint64_t mark,
                           const std::map<std::uint64_t, std::uint16_t>& held) {
  auto cursor = shared_.database.cursor();
  const auto first = segment.first();
  cursor.seek(keys::message(rule_, first));
  for (auto sequence = first; sequence < mark; ++sequence) {
    const auto there = cursor.valid() ? keys::message_sequence(cursor.key(), rule_) : std::nullopt;
    const auto holder = held.find(sequence);
    if (there != sequence) {
      segment.restore_settled();
      if (holder == held.end()) continue;
      ++restored_;  // as one that cannot be read any more
      ++settled_;
      ++lost_;
      continue;
    }
    const auto bytes = static_cast<std::uint32_t>(cursor.key().size() + cursor.value().size());
    segment.restore(bytes, holder == held.end() ? std::uint16_t{0} : holder->second);
    held_ += holder == held.end() ? 0U : 1U;
    ++restored_;
    restored_bytes_ += bytes;
    shared_.bytes += bytes;
    cursor.next();
  }
}

/// From here on nothing was ever settled: as many as there are numbers, as large as the last one
/// says. What a repair could not save of them is lost.
void SpoolQueue::load_rest(std::uint64_t from, std::uint64_t end, bool repaired) {
  if (from >= end) return;
  auto cursor = shared_.database.cursor();
  cursor.seek(keys::message(rule_, from));
  const auto first = cursor.valid() ? decode_message(cursor.value()) : std::nullopt;
  const auto start = first ? first->before : position_.load();
  std::uint64_t count = end - from;
  std::uint64_t bytes = 0;
  if (repaired) {
    std::uint64_t there = 0;
    for (; cursor.valid(); cursor.next()) {
      const auto sequence = keys::message_sequence(cursor.key(), rule_);
      if (!sequence || *sequence >= end) break;
      ++there;
      bytes += cursor.key().size() + cursor.value().size();
    }
    settled_ += count - there;
    lost_ += count - there;
  } else {
    cursor.seek_below(keys::message(rule_, end));
    const auto last = cursor.valid() ? decode_message(cursor.value()) : std::nullopt;
    const auto stop = last ? last->before + cursor.key().size() + cursor.value().size() : start;
    bytes = stop > start ? stop - start : 0;
  }
  restored_ += count;
  restored_bytes_ += bytes;
  shared_.bytes += bytes;
}

}  // namespace gateway
