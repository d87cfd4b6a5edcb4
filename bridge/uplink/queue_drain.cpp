#include "bridge/uplink/queue_drain.h"

#include <algorithm>
#include <utility>

namespace gateway {

using webpubsub::steady_now;
using DrainState = DrainFigures::State;

namespace {

constexpr std::chrono::milliseconds kLook{100};  // whether it is over

}  // namespace

QueueDrain::QueueDrain(webpubsub::net::EventLoop& loop, Places places,
                       std::function<void()> changed)
    : places_(places), changed_(std::move(changed)), timer_(loop, [this] { look_again(); }) {}

const SpoolQueue* QueueDrain::queue(std::string_view name) const {
  return places_.store == nullptr ? nullptr : places_.store->spool().find(name);
}

QueueDrain::Begun QueueDrain::begin(std::string_view rule) {
  const auto number = places_.lines.find(rule);
  const auto* const stored = queue(rule);
  if (!number && stored == nullptr) return Begun::UnknownRule;
  const bool at_work = number && places_.lines.line(*number) != nullptr;
  if (!at_work && stored != nullptr && stored->has_unread(SpoolQueue::Part::All)) {
    return Begun::RemovedRule;
  }
  if (!number) return Begun::UnknownRule;
  if (state_ == DrainState::Running && rule != name_) return Begun::Busy;
  const auto* const room = places_.room.find(*number);
  ++number_;
  rule_ = *number;
  name_ = rule;
  sent_ = 0;
  disk_end_ = stored == nullptr ? 0 : stored->end();
  room_end_ = room == nullptr ? 0 : room->end();
  asked_ = seen_ = steady_now();
  state_ = DrainState::Running;
  timer_.start_after(kLook);
  changed_();
  return Begun::Yes;
}

DrainFigures QueueDrain::look(std::uint64_t number) {
  if (number == 0 || number != number_) return {.number = number};
  seen_ = steady_now();
  look_again();
  return figures();
}

DrainFigures QueueDrain::end(std::uint64_t number) {
  if (number == 0 || number != number_) return {.number = number};
  look_again();
  if (state_ == DrainState::Running) finish(DrainState::Ended);
  return figures();
}

DrainFigures QueueDrain::figures() const {
  return {.number = number_,
          .state = state_,
          .rule = name_,
          .waiting = state_ == DrainState::Running ? waiting() : left_over_,
          .sent = sent_};
}

std::optional<std::uint32_t> QueueDrain::rule() const noexcept {
  return state_ == DrainState::Running ? std::optional(rule_) : std::nullopt;
}

bool QueueDrain::is_marked(const Batch& batch) const {
  if (batch.rule != rule_) return false;
  return batch.spooled.empty() ? batch.arrived <= asked_ : batch.spooled.front() < disk_end_;
}

/// Of a batch that holds some of what came later, no more than what waited.
void QueueDrain::note_sent(const Batch& batch) {
  if (state_ != DrainState::Running || !is_marked(batch)) return;
  const auto& stored = batch.spooled;
  const auto marked = std::lower_bound(stored.begin(), stored.end(), disk_end_) - stored.begin();
  const bool whole = marked == std::ssize(stored);
  sent_ += whole ? batch.samples : static_cast<std::uint64_t>(marked);
}

std::uint64_t QueueDrain::waiting() const {
  const auto* const stored = queue(name_);
  auto count = stored == nullptr ? 0 : stored->waiting_below(disk_end_);
  const auto* const room = places_.room.find(rule_);
  if (room != nullptr) count += room->count_below(room_end_);
  for (const auto* outbox : places_.outboxes) {
    outbox->each([&](const Batch& batch) {
      // What is on disk is counted there.
      if (batch.spooled.empty() && is_marked(batch)) count += batch.samples;
    });
  }
  const auto* const line = places_.lines.line(rule_);
  const bool is_open =
      line != nullptr && line->options().store == StoreMode::Memory && line->oldest() <= asked_;
  return count + (is_open ? line->open_samples() : 0);
}

void QueueDrain::look_again() {
  if (state_ != DrainState::Running) return;
  const auto now = steady_now();
  // Its number may have gone to another rule, or its line, without which nothing leaves the disk.
  const auto* const stored = queue(name_);
  const bool on_disk = stored != nullptr && stored->has_unread(SpoolQueue::Part::All);
  const bool lost =
      places_.lines.name(rule_) != name_ || (places_.lines.line(rule_) == nullptr && on_disk);
  if (!lost && waiting() == 0) return finish(DrainState::Done);
  if (lost || now >= seen_ + kUnseen) return finish(DrainState::Ended);
  timer_.start_at(now + kLook);
}

void QueueDrain::finish(DrainState state) {
  left_over_ = state == DrainState::Done ? 0 : waiting();
  state_ = state;
  timer_.cancel();
  changed_();
}

}  // namespace gateway
