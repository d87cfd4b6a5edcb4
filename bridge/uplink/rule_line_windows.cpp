// The windows of a rule at work: readings in, what is told of them out.

#include "bridge/uplink/rule_line.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

std::int64_t milliseconds_of(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::optional<DropReason> RuleLine::take_in(const Topic& topic, const MessageView& message,
                                            const Sample& sample, std::int64_t arrival,
                                            TimePoint now, std::vector<Batch>& closed) {
  const auto* group = group_for(topic);
  if (group == nullptr) return drop(DropReason::InvalidGroup);
  clock_offset_ = arrival - milliseconds_of(now);
  const Window::Origin origin{
      .key = window_key_.of(message, arena_), .topic = message.topic, .group = group->name};
  const auto taken = window_->take(origin, sample, message.time, arrival, teller(now, closed));
  if (watcher_ != nullptr && taken == Window::Taken::In) {
    watcher_->on_stage("window", "taken in");
  }
  switch (taken) {
    case Window::Taken::Late:
      return drop(DropReason::Late);
    case Window::Taken::Full:
      return drop(DropReason::WindowFull);
    case Window::Taken::In:
      break;
  }
  return std::nullopt;
}

Window::Tell RuleLine::teller(TimePoint now, std::vector<Batch>& closed) {
  return [this, now, &closed](const Window::Result& result) {
    const auto* topic = keep_topic(result.topic);  // which was one of ours when it came
    const Reading reading{
        .time = result.time, .arrived = now, .topic = result.topic, .payload = result.json};
    static_cast<void>(put(find_group(std::string(result.group)), *topic, reading,
                          {.readings = result.readings, .sample = &result.sample}, now, closed));
  };
}

void RuleLine::close_windows(TimePoint now, std::vector<Batch>& closed) {
  if (window_) window_->close_due(milliseconds_of(now) + clock_offset_, teller(now, closed));
}

void RuleLine::finish_windows(TimePoint now, std::vector<Batch>& closed) {
  if (window_) window_->finish(teller(now, closed));
}

TimePoint RuleLine::next_window() const {
  const auto due = window_ ? window_->next_due() : std::nullopt;
  if (!due) return TimePoint::max();
  return TimePoint(std::chrono::milliseconds(*due - clock_offset_ + 1));
}

}  // namespace gateway
