#include "bridge/uplink/offline_queue.h"

#include <iterator>

namespace gateway {

using webpubsub::TimePoint;
using Keep = OfflineOptions::Keep;
using Overflow = OfflineOptions::Overflow;

namespace {

// What the library adds for each node of a map, and the heap for each piece of memory.
constexpr std::size_t kNodeBytes = 64;
constexpr std::size_t kHeapBytes = 16;

}  // namespace

std::size_t OfflineQueue::memory() const noexcept {
  return bytes_ + key_bytes_ + entries_.size() * (sizeof(Entry) + kNodeBytes + kHeapBytes) +
         chains_.size() * (sizeof(Chains::value_type) + kNodeBytes + kHeapBytes);
}

bool OfflineQueue::fits(std::size_t more) const {
  const bool few = options_.max_messages == 0 || entries_.size() < options_.max_messages;
  return few && (options_.max_bytes == 0 || bytes_ + more <= options_.max_bytes);
}

void OfflineQueue::push(const Reading& reading, std::string_view key, const Drop& drop) {
  if (options_.keep == Keep::None) return drop(DropReason::Offline, 1);
  const auto size = reading.topic.size() + reading.payload.size() + reading.response_topic.size() +
                    reading.correlation.size();
  if (!can_take(size, key)) return drop(DropReason::OfflineFull, 1);
  if (options_.keep == Keep::Latest) supersede(key, drop);
  make_room(size, key, drop);

  const auto number = next_++;
  auto& entry = entries_.emplace_hint(entries_.end(), number, Entry{.reading = reading})->second;
  entry.text.reserve(size);
  entry.text.append(reading.topic).append(reading.payload);
  entry.text.append(reading.response_topic).append(reading.correlation);
  bytes_ += size;
  if (!has_chains()) return;
  const auto [found, is_new] = chains_.try_emplace(std::string(key));
  if (is_new) key_bytes_ += key.size();
  auto& chain = found->second;
  entry.chain = &*found;
  entry.older = chain.newest;
  if (chain.newest != 0) entries_.at(chain.newest).newer = number;
  if (chain.oldest == 0) chain.oldest = number;
  chain.newest = number;
}

/// Whether there will be room for it, if what has to makes way.
bool OfflineQueue::can_take(std::size_t size, std::string_view key) const {
  if (options_.max_bytes != 0 && size > options_.max_bytes) return false;
  if (options_.overflow != Overflow::DropNewest) return true;
  // Nothing makes way but the one that it stands for.
  const auto same = options_.keep == Keep::Latest ? chains_.find(std::string(key)) : chains_.end();
  if (same == chains_.end()) return fits(size);
  const auto replaced = entries_.at(same->second.oldest).text.size();
  return options_.max_bytes == 0 || bytes_ - replaced + size <= options_.max_bytes;
}

void OfflineQueue::make_room(std::size_t more, std::string_view key, const Drop& drop) {
  while (!fits(more) && !entries_.empty()) {
    const auto same =
        options_.overflow == Overflow::Latest ? chains_.find(std::string(key)) : chains_.end();
    if (same != chains_.end()) {
      drop_one(entries_.find(same->second.oldest), DropReason::Superseded, drop);
    } else {
      drop_one(entries_.begin(), DropReason::OfflineFull, drop);
    }
  }
}

void OfflineQueue::supersede(std::string_view key, const Drop& drop) {
  if (!has_chains()) return;
  for (auto same = chains_.find(std::string(key)); same != chains_.end();
       same = chains_.find(std::string(key))) {
    drop_one(entries_.find(same->second.oldest), DropReason::Superseded, drop);
  }
}

void OfflineQueue::give_way(const Drop& drop) {
  if (entries_.empty()) return;
  const bool newest = options_.overflow == Overflow::DropNewest;
  drop_one(newest ? std::prev(entries_.end()) : entries_.begin(), DropReason::OfflineFull, drop);
}

void OfflineQueue::expire(TimePoint now, const Drop& drop) {
  while (next_expiry() <= now) drop_one(entries_.begin(), DropReason::Expired, drop);
}

TimePoint OfflineQueue::next_expiry() const {
  if (entries_.empty() || options_.max_age.count() == 0) return TimePoint::max();
  return oldest() + options_.max_age;
}

TimePoint OfflineQueue::oldest() const {
  return entries_.empty() ? TimePoint::max() : entries_.begin()->second.reading.arrived;
}

Reading OfflineQueue::Entry::seen_in(std::string_view from) const {
  auto seen = reading;
  for (auto* part : {&seen.topic, &seen.payload, &seen.response_topic, &seen.correlation}) {
    *part = from.substr(0, part->size());
    from.remove_prefix(part->size());
  }
  seen.waited = true;
  return seen;
}

void OfflineQueue::each(std::uint64_t after,
                        const std::function<bool(std::uint64_t, const Reading&)>& take) const {
  for (auto entry = entries_.upper_bound(after); entry != entries_.end(); ++entry) {
    if (!take(entry->first, entry->second.seen_in(entry->second.text))) return;
  }
}

std::size_t OfflineQueue::take(std::size_t most, const std::function<void(const Reading&)>& take) {
  std::size_t taken = 0;
  for (; taken < most && !entries_.empty(); ++taken) {
    const bool newest = options_.keep == Keep::NewestFirst;
    const auto entry = newest ? std::prev(entries_.end()) : entries_.begin();
    const std::string text = std::move(entry->second.text);
    const auto reading = entry->second.seen_in(text);
    bytes_ -= text.size();
    remove(entry);
    take(reading);
  }
  return taken;
}

std::size_t OfflineQueue::count_below(std::uint64_t end) const {
  return static_cast<std::size_t>(std::distance(entries_.begin(), entries_.lower_bound(end)));
}

void OfflineQueue::drop_all(DropReason reason, const Drop& drop) {
  if (entries_.empty()) return;
  drop(reason, entries_.size());
  entries_.clear();
  chains_.clear();
  bytes_ = 0;
  key_bytes_ = 0;
}

void OfflineQueue::drop_one(Entries::iterator entry, DropReason reason, const Drop& drop) {
  bytes_ -= entry->second.text.size();
  remove(entry);
  drop(reason, 1);
}

/// Its text is off the books already.
OfflineQueue::Entries::iterator OfflineQueue::remove(Entries::iterator entry) {
  const auto& gone = entry->second;
  if (gone.chain != nullptr) {
    auto& chain = gone.chain->second;
    if (gone.older != 0) entries_.at(gone.older).newer = gone.newer;
    if (gone.newer != 0) entries_.at(gone.newer).older = gone.older;
    if (chain.oldest == entry->first) chain.oldest = gone.newer;
    if (chain.newest == entry->first) chain.newest = gone.older;
    if (chain.oldest == 0) {
      key_bytes_ -= gone.chain->first.size();
      chains_.erase(chains_.find(gone.chain->first));
    }
  }
  return entries_.erase(entry);
}

}  // namespace gateway
