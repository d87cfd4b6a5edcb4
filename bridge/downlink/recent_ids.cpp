#include "bridge/downlink/recent_ids.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace gateway {

using webpubsub::unix_milliseconds;

namespace {

constexpr auto kLongest = std::chrono::milliseconds(std::chrono::hours(30 * 24));

std::string key_of(std::string_view rule, std::string_view id) {
  std::string key(rule);  // no rule has a blank in its name
  key += ' ';
  key += id;
  return key;
}

}  // namespace

void RecentIds::use(IdStore& store, const Now& now) {
  store_ = &store;
  const auto time = unix_milliseconds(now.wall);
  auto known = store.load();
  std::unordered_set<std::string_view> kept;
  for (const auto& entry : known) kept.insert(entry.key);
  for (const auto& entry : entries_) {
    if (kept.contains(entry.key)) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(entry.until - now.steady);
    store.put({.key = entry.key, .until = time + left.count()});
  }
  std::sort(known.begin(), known.end(),
            [](const auto& a, const auto& b) { return a.until < b.until; });
  for (auto& entry : known) {
    if (places_.contains(entry.key)) continue;
    // With a clock that was not set yet this would be decades.
    const auto left = std::min(std::chrono::milliseconds(entry.until - time), kLongest);
    insert({.key = std::move(entry.key), .until = now.steady + left});
  }
  forget_old(now.steady);
}

bool RecentIds::add(std::string_view rule, std::string_view id, std::chrono::milliseconds remember,
                    const Now& now) {
  forget_old(now.steady);
  auto key = key_of(rule, id);
  if (places_.contains(key)) return false;
  if (places_.size() >= max_) {
    erase(entries_.begin());
    ++forgotten_;
  }
  if (store_ != nullptr) {
    store_->put({.key = key, .until = unix_milliseconds(now.wall) + remember.count()});
  }
  insert({.key = std::move(key), .until = now.steady + remember});
  return true;
}

void RecentIds::remove(std::string_view rule, std::string_view id) {
  const auto place = places_.find(key_of(rule, id));
  if (place != places_.end()) erase(place->second);
}

// Mostly at the end: rules differ in how long they remember, but not by much.
void RecentIds::insert(Entry entry) {
  auto after = entries_.end();
  while (after != entries_.begin() && std::prev(after)->until > entry.until) --after;
  const auto place = entries_.insert(after, std::move(entry));
  places_.emplace(place->key, place);
}

void RecentIds::erase(Entries::iterator entry) {
  if (store_ != nullptr) store_->remove(entry->key);
  places_.erase(entry->key);
  entries_.erase(entry);
}

void RecentIds::forget_old(webpubsub::TimePoint now) {
  while (!entries_.empty() && entries_.front().until <= now) erase(entries_.begin());
}

}  // namespace gateway
