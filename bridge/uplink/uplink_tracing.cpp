// Readings of a rule that an operator watches, and what becomes of them.

#include <algorithm>
#include <numeric>

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::TimePoint;
using Outcome = TraceEntry::Outcome;

namespace {

/// Which of the reasons has come up, and how often.
template <class Reason, std::size_t N>
void tell_rise(ReadingTrace& trace, Outcome outcome, const std::array<std::uint64_t, N>& before,
               const std::array<std::uint64_t, N>& after) {
  for (std::size_t i = 0; i < N; ++i) {
    if (after[i] == before[i]) continue;
    trace.tell(outcome, to_string(static_cast<Reason>(i)), after[i] - before[i]);
  }
}

}  // namespace

bool Uplink::begin_trace(std::string_view rule, ReadingTrace::Excerpt excerpt) {
  const auto number = lines_.find(rule);
  if (!number || lines_.line(*number) == nullptr) return false;
  const bool goes_on = trace_.traces(*number);
  trace_.begin(*number, std::move(excerpt));
  if (!goes_on) unseen_before_ = unseen_of(*number);
  return true;
}

void Uplink::take_traced(const Reading& reading, TimePoint now) {
  auto& line = *lines_.line(reading.rule);
  const auto dropped = line.dropped();
  const auto filtered = line.filtered();
  const auto settled = lines_.settled(reading.rule).dropped;
  const auto* room = waiting_.find(reading.rule);
  const auto room_end = room == nullptr ? 0 : room->end();
  auto* const beside = line.exchange_forward_watcher(nullptr);
  line.exchange_forward_watcher(trace_.watch(&reading, beside));
  go_on(reading, now);
  line.exchange_forward_watcher(beside);
  tell_rise<FilterReason>(trace_, Outcome::Filtered, filtered, line.filtered());
  tell_rise<DropReason>(trace_, Outcome::Dropped, dropped, line.dropped());
  if (trace_.finish()) tell_quiet(reading, line, settled, room_end);
}

/// Of one that is in no batch and that its rule said nothing of.
void Uplink::tell_quiet(const Reading& reading, const RuleLine& line,
                        const std::array<std::uint64_t, kDropReasons>& settled,
                        std::uint64_t room_end) {
  const auto* const room = waiting_.find(reading.rule);
  const bool waits = room != nullptr && room->end() > room_end;
  trace_.watch(&reading, nullptr);
  if (waits) {
    trace_.tell(Outcome::Waits, "", 1);
  } else if (line.options().window.is_set()) {
    trace_.tell(Outcome::Windowed, "", 1);
  } else {
    tell_rise<DropReason>(trace_, Outcome::Dropped, settled, lines_.settled(reading.rule).dropped);
  }
  trace_.finish();
}

/// Their results are traced as their readings are.
void Uplink::tell_windows(TimePoint now) {
  auto* const line = trace_.is_on() ? lines_.line(trace_.rule()) : nullptr;
  auto* const beside = line == nullptr ? nullptr : line->exchange_forward_watcher(nullptr);
  if (line != nullptr) line->exchange_forward_watcher(trace_.watch(nullptr, beside));
  if (flushed_) {
    lines_.finish_windows(now, closed_);
  } else {
    lines_.close_windows(now, closed_);
  }
  if (line == nullptr) return;
  line->exchange_forward_watcher(beside);
  static_cast<void>(trace_.finish());
}

Uplink::Unseen Uplink::unseen_of(std::uint32_t rule) const {
  Unseen unseen{};
  const auto count = [&](DropReason reason) -> std::uint64_t& {
    return unseen[static_cast<std::size_t>(reason)];
  };
  const auto intake = intake_.counts();
  if (rule < intake.size()) {
    count(DropReason::InboxFull) = intake[rule].full;
    count(DropReason::TooLarge) = intake[rule].too_large;
  }
  const auto* const stored = store_ == nullptr ? nullptr : store_->spool().find(lines_.name(rule));
  if (stored == nullptr) return unseen;
  const auto counts = stored->counts();
  count(DropReason::StoreFull) = counts.refused + counts.dropped;
  count(DropReason::Expired) = counts.expired;
  count(DropReason::Lost) = counts.lost;
  return unseen;
}

Uplink::Unseen Uplink::unseen_since_trace() const {
  if (!trace_.is_on()) return {};
  auto unseen = unseen_of(trace_.rule());
  // Counts start over when a rule's number goes to another one.
  for (std::size_t i = 0; i < unseen.size(); ++i) {
    unseen[i] -= std::min(unseen[i], unseen_before_[i]);
  }
  return unseen;
}

}  // namespace gateway
