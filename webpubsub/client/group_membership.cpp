#include "webpubsub/client/group_membership.h"

#include <algorithm>
#include <utility>

namespace webpubsub {

bool GroupMembership::join(const std::string& group, Completion done) {
  const auto known = wanted_.find(group);
  if (known == wanted_.end() && wanted_.size() >= kMaxGroups) return false;
  Wanted& wanted = known == wanted_.end() ? wanted_[group] : known->second;
  if (done) wanted.waiting.push_back(std::move(done));
  wanted.attempts = 0;
  if (connected_ && wanted.state != State::Queued && wanted.state != State::InFlight) {
    enqueue(group, wanted);
  }
  return true;
}

void GroupMembership::leave(const std::string& group, Completion done, SettledList& settled) {
  if (const auto known = wanted_.find(group); known != wanted_.end()) {
    settle_all(known->second, Error{Errc::Cancelled, "left before it was joined", 0}, settled);
    wanted_.erase(known);
  }
  std::erase_if(queue_, [&group](const GroupRequest& r) { return r.join && r.group == group; });
  if (!connected_) {
    settle(settled, std::move(done), {});  // no connection, no membership
  } else if (queue_.size() >= 2 * kMaxGroups) {
    settle(settled, std::move(done),
           Error{Errc::ResourceExhausted, "too many groups to leave wait for the socket", 0});
  } else {
    queue_.push_back({false, group, std::move(done)});
  }
}

void GroupMembership::connected() {
  connected_ = true;
  for (auto& [group, wanted] : wanted_) {
    wanted.attempts = 0;
    wanted.backoff.reset();
    enqueue(group, wanted);
  }
}

void GroupMembership::disconnected(bool keep, const Error& why, SettledList& settled) {
  if (!connected_) return;
  connected_ = false;
  for (GroupRequest& request : queue_) settle(settled, std::move(request.done), {});
  for (auto& [ack_id, request] : in_flight_) settle(settled, std::move(request.done), {});
  queue_.clear();
  in_flight_.clear();
  for (auto& [group, wanted] : wanted_) wanted.state = State::Idle;
  if (keep) return;
  for (auto& [group, wanted] : wanted_) settle_all(wanted, why, settled);
  wanted_.clear();
}

void GroupMembership::end(const Error& why, SettledList& settled) {
  disconnected(true, why, settled);
  for (auto& [group, wanted] : wanted_) settle_all(wanted, why, settled);
}

const GroupRequest* GroupMembership::next() {
  if (!connected_ || queue_.empty() || in_flight_.size() >= kMaxInFlight) return nullptr;
  return &queue_.front();
}

void GroupMembership::sent(AckId ack_id) {
  GroupRequest request = std::move(queue_.front());
  queue_.pop_front();
  if (request.join) {
    Wanted& wanted = wanted_[request.group];
    wanted.state = State::InFlight;
    wanted.ack_id = ack_id;
    ++wanted.attempts;
  }
  in_flight_.emplace(ack_id, std::move(request));
}

std::optional<RejoinFailure> GroupMembership::answered(AckId ack_id, Result<void> outcome,
                                                       TimePoint now, SettledList& settled) {
  const auto entry = in_flight_.find(ack_id);
  if (entry == in_flight_.end()) return std::nullopt;  // of a connection before
  GroupRequest request = std::move(entry->second);
  in_flight_.erase(entry);
  if (!request.join) {
    settle(settled, std::move(request.done), std::move(outcome));
    return std::nullopt;
  }
  const auto known = wanted_.find(request.group);
  // Left, and perhaps joined once more, in the meantime: that request has an answer of its own.
  if (known == wanted_.end() || known->second.state != State::InFlight ||
      known->second.ack_id != ack_id) {
    return std::nullopt;
  }
  Wanted& wanted = known->second;
  if (outcome) {
    wanted.state = State::Joined;
    wanted.backoff.reset();
    settle_all(wanted, outcome, settled);
    return std::nullopt;
  }
  if (is_transient(outcome.error().code) && wanted.attempts < kMaxAttempts) {
    wanted.state = State::BackingOff;
    wanted.retry_at = now + wanted.backoff.next();
    return std::nullopt;
  }
  wanted.state = State::Idle;  // until the next connection
  if (wanted.waiting.empty()) return RejoinFailure{request.group, outcome.error()};
  settle_all(wanted, outcome, settled);
  return std::nullopt;
}

std::optional<TimePoint> GroupMembership::retry_due() const {
  std::optional<TimePoint> first;
  for (const auto& [group, wanted] : wanted_) {
    if (wanted.state != State::BackingOff) continue;
    first = std::min(first.value_or(wanted.retry_at), wanted.retry_at);
  }
  return first;
}

void GroupMembership::retry(TimePoint now) {
  for (auto& [group, wanted] : wanted_) {
    if (wanted.state == State::BackingOff && wanted.retry_at <= now) enqueue(group, wanted);
  }
}

void GroupMembership::enqueue(const std::string& group, Wanted& wanted) {
  wanted.state = State::Queued;
  queue_.push_back({true, group, {}});
}

void GroupMembership::settle_all(Wanted& wanted, const Result<void>& outcome,
                                 SettledList& settled) {
  for (Completion& done : std::exchange(wanted.waiting, {})) {
    settle(settled, std::move(done), outcome);
  }
}

}  // namespace webpubsub
