#include "webpubsub/client/pending_acks.h"

#include <utility>

namespace webpubsub {

void PendingAcks::add(AckId ack_id, TimePoint deadline, Completion done) {
  waiting_.emplace_hint(waiting_.end(), ack_id, Waiting{deadline, std::move(done)});
}

Completion PendingAcks::take(Table::iterator entry) {
  Completion done = std::move(entry->second.done);
  waiting_.erase(entry);
  return done;
}

std::optional<Completion> PendingAcks::take(AckId ack_id) {
  const auto entry = waiting_.find(ack_id);
  if (entry == waiting_.end()) return std::nullopt;
  return take(entry);
}

std::optional<Completion> PendingAcks::take_expired(TimePoint now) {
  if (waiting_.empty() || waiting_.begin()->second.deadline > now) return std::nullopt;
  return take(waiting_.begin());
}

std::optional<TimePoint> PendingAcks::deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->second.deadline;
}

void PendingAcks::end(const Error& why, SettledList& settled) {
  for (auto& [ack_id, waiting] : std::exchange(waiting_, {})) {
    settle(settled, std::move(waiting.done), why);
  }
}

}  // namespace webpubsub
