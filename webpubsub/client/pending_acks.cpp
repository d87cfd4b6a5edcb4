#include "webpubsub/client/pending_acks.h"

#include <utility>

namespace webpubsub {

void PendingAcks::add(AckId ack_id, TimePoint deadline, Request request) {
  bytes_ += request.frame.size();
  waiting_.emplace_hint(waiting_.end(), ack_id, Waiting{deadline, false, std::move(request)});
  deadlines_.emplace_back(deadline, ack_id);
}

bool PendingAcks::is_current(const Schedule::value_type& slot, bool resting) const {
  const auto entry = waiting_.find(slot.second);
  return entry != waiting_.end() && entry->second.resting == resting &&
         entry->second.deadline == slot.first;
}

/// Answers come in the order of requests, more or less, so this rarely finds more than one.
void PendingAcks::tidy() {
  while (!deadlines_.empty() && !is_current(deadlines_.front(), false)) deadlines_.pop_front();
  while (!rests_.empty() && !is_current(rests_.front(), true)) rests_.pop_front();
}

Completion PendingAcks::take(Table::iterator entry) {
  Completion done = std::move(entry->second.request.done);
  bytes_ -= entry->second.request.frame.size();
  waiting_.erase(entry);
  tidy();
  return done;
}

std::optional<Completion> PendingAcks::take(AckId ack_id) {
  const auto entry = waiting_.find(ack_id);
  if (entry == waiting_.end()) return std::nullopt;
  return take(entry);
}

std::optional<Completion> PendingAcks::take_expired(TimePoint now) {
  if (deadlines_.empty() || deadlines_.front().first > now) return std::nullopt;
  return take(waiting_.find(deadlines_.front().second));
}

std::optional<TimePoint> PendingAcks::deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().first;
}

bool PendingAcks::rest(AckId ack_id, TimePoint at) {
  const auto entry = waiting_.find(ack_id);
  if (entry == waiting_.end() || entry->second.request.retries == 0) return false;
  --entry->second.request.retries;
  entry->second.resting = true;
  entry->second.deadline = at;
  rests_.emplace_back(at, ack_id);
  tidy();
  return true;
}

std::optional<AckId> PendingAcks::rested(TimePoint now) const {
  if (rests_.empty() || rests_.front().first > now) return std::nullopt;
  return rests_.front().second;
}

std::optional<TimePoint> PendingAcks::rest_over() const {
  if (rests_.empty()) return std::nullopt;
  return rests_.front().first;
}

void PendingAcks::resumed(AckId ack_id, TimePoint deadline) {
  Waiting& waiting = waiting_.at(ack_id);
  waiting.resting = false;
  waiting.deadline = deadline;
  deadlines_.emplace_back(deadline, ack_id);
  tidy();
}

std::optional<AckId> PendingAcks::first_unanswered(AckId from) const {
  auto entry = waiting_.lower_bound(from);
  while (entry != waiting_.end() && entry->second.resting) ++entry;
  if (entry == waiting_.end()) return std::nullopt;
  return entry->first;
}

void PendingAcks::end(const Error& why, SettledList& settled) {
  for (auto& [ack_id, waiting] : std::exchange(waiting_, {})) {
    settle(settled, std::move(waiting.request.done), why);
  }
  deadlines_.clear();
  rests_.clear();
  bytes_ = 0;
}

}  // namespace webpubsub
