// What the uplink has counted, each column where it stands.

#include <algorithm>

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::steady_now;
using webpubsub::TimePoint;

UplinkCounts Uplink::counts() const {
  UplinkCounts result;
  const auto intake = intake_.counts();
  result.rules = lines_.counts();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto& rule = result.rules[i];
    rule.received += intake[i].received;
    rule.dropped[static_cast<std::size_t>(DropReason::InboxFull)] += intake[i].full;
    rule.dropped[static_cast<std::size_t>(DropReason::TooLarge)] += intake[i].too_large;
    result.inbox_messages += intake[i].waiting;
    result.batch_messages += rule.pending;
    rule.pending += intake[i].waiting;
  }
  result.topic_cache_resets = lines_.cache_resets();
  live_.add_pending(result.rules);
  acknowledged_.add_pending(result.rules);
  durable_.add_pending(result.rules);
  for (const auto* outbox : {&live_, &acknowledged_, &durable_}) outbox->add_refused(result.rules);
  for (std::size_t i = 0; i < kept_.size(); ++i) result.rules[i].pending += kept_[i];
  waiting_.add_pending(result.rules);
  feed_.add_counts(result.rules);
  if (lines_.removed().received > 0) result.rules.push_back(lines_.removed());
  feed_.add_foreign(result.rules);
  result.messages = intake_.messages();
  result.unmatched = intake_.unmatched();
  result.frames_resent = frames_resent_;
  add_sending(result);
  result.inbox_bytes = intake_.bytes();
  result.inbox_max_bytes = options_.share();
  result.batch_bytes = lines_.open_bytes();
  result.batch_max_bytes = options_.share();
  result.outbox_batches = live_.batches() + acknowledged_.batches() + durable_.batches();
  result.outbox_bytes = live_.bytes() + acknowledged_.bytes() + durable_.bytes();
  result.outbox_max_batches = 2 * options_.max_batches;
  result.outbox_max_bytes = 2 * options_.share();
  result.offline_messages = waiting_.messages();
  result.offline_bytes = waiting_.memory();
  result.offline_max_bytes = options_.share();
  add_ages(result);
  return result;
}

void Uplink::add_sending(UplinkCounts& counts) const {
  counts.gate = gate_.figures();
  for (const auto* outbox : {&live_, &acknowledged_, &durable_}) {
    const bool is_stuck_on_disk = outbox == &durable_ && !committed_;
    counts.has_due |= !is_stuck_on_disk && outbox->has_due(counts.gate.held_from);
    counts.answers += outbox->answers();
    const auto unanswered = outbox->unanswered();
    counts.unanswered.count += unanswered.count;
    counts.unanswered.oldest = std::min(counts.unanswered.oldest, unanswered.oldest);
  }
}

void Uplink::add_ages(UplinkCounts& counts) const {
  const auto now = steady_now();
  const auto age = [now](TimePoint since) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
    return since == TimePoint::max() ? std::chrono::milliseconds(0)
                                     : std::max(waited, std::chrono::milliseconds(0));
  };
  counts.spool_age = age(feed_.add_totals(counts));
  counts.inbox_age = age(intake_.oldest().value_or(TimePoint::max()));
  counts.batch_age = age(lines_.oldest());
  counts.offline_age = age(waiting_.oldest());
  counts.outbox_age = age(std::min({live_.oldest(), acknowledged_.oldest(), durable_.oldest()}));
}

}  // namespace gateway
