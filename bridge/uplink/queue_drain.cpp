#include "bridge/uplink/queue_drain.h"

#include <algorithm>
#include <utility>

namespace gateway {

using webpubsub::steady_now;
using DrainState = DrainFigures::State;

namespace {

constexpr std::chrono::milliseconds kLook{100};  // whether it is over
constexpr std::chrono::seconds kCount{1};        // what waits

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
  counted_ = {};
  disk_end_ = stored == nullptr ? 0 : stored->end();
  room_end_ = room == nullptr ? 0 : room->end();
  asked_ = seen_ = steady_now();
  state_ = DrainState::Running;
  timer_.start_after(kLook);
  changed_();
  return Begun::Yes;
}

DrainFigures QueueDrain::gone(std::uint64_t number) const {
  const bool replaced = number > 0 && number < number_;
  return {.number = number, .state = replaced ? DrainState::Replaced : DrainState::Ended};
}

DrainFigures QueueDrain::look(std::uint64_t number) {
  if (number == 0 || number != number_) return gone(number);
  seen_ = steady_now();
  look_again();
  return figures();
}

DrainFigures QueueDrain::end(std::uint64_t number) {
  if (number == 0 || number != number_) return gone(number);
  look_again();
  if (state_ == DrainState::Running) finish(DrainState::Ended);
  return figures();
}

DrainFigures QueueDrain::figures() {
  const auto now = steady_now();
  if (state_ == DrainState::Running && now >= counted_ + kCount) {
    waiting_ = waiting();
    counted_ = now;
  }
  return {.number = number_, .state = state_, .rule = name_, .waiting = waiting_, .sent = sent_};
}

std::optional<std::uint32_t> QueueDrain::rule() const noexcept {
  return state_ == DrainState::Running ? std::optional(rule_) : std::nullopt;
}

bool QueueDrain::is_marked(const Batch& batch) const {
  if (batch.rule != rule_) return false;
  return batch.spooled.empty() ? batch.arrived <= asked_ : batch.spooled.front() < disk_end_;
}

/// Of a batch that holds messages from the disk that came later, no more than what waited; with
/// readings from memory, all that went with the oldest.
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
  return count + in_batches();
}

/// A rule with a disk may have had to keep some in memory.
std::uint64_t QueueDrain::in_batches() const {
  std::uint64_t count = 0;
  const auto add = [&](const Batch& batch) {
    if (batch.spooled.empty() && is_marked(batch)) count += batch.samples;
  };
  for (const auto* outbox : places_.outboxes) outbox->each(add);
  if (const auto* line = places_.lines.line(rule_)) line->each_open(add);
  return count;
}

/// Whether waiting() would be 0, without counting.
bool QueueDrain::is_over() const {
  const auto* const room = places_.room.find(rule_);
  if (room != nullptr && room->has_below(room_end_)) return false;
  const auto* const stored = queue(name_);
  return (stored == nullptr || stored->waiting_below(disk_end_) == 0) && in_batches() == 0;
}

void QueueDrain::look_again() {
  if (state_ != DrainState::Running) return;
  const auto now = steady_now();
  // Its number may have gone to another rule, or its line, without which nothing leaves the disk.
  const auto* const stored = queue(name_);
  const bool on_disk = stored != nullptr && stored->has_unread(SpoolQueue::Part::All);
  const bool lost =
      places_.lines.name(rule_) != name_ || (places_.lines.line(rule_) == nullptr && on_disk);
  if (!lost && is_over()) return finish(DrainState::Done);
  if (lost || now >= seen_ + kUnseen) return finish(DrainState::Ended);
  timer_.start_at(now + kLook);
}

void QueueDrain::finish(DrainState state) {
  waiting_ = state == DrainState::Done ? 0 : waiting();
  state_ = state;
  timer_.cancel();
  changed_();
}

}  // namespace gateway
