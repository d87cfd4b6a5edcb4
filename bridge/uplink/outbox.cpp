#include "bridge/uplink/outbox.h"

#include <algorithm>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Offer;
using webpubsub::Result;
using State = OutboxLane::State;

namespace {

bool is_final(Errc code) { return code == Errc::Unauthorized || code == Errc::InvalidArgument; }

constexpr unsigned kAloneAfter = 2;
constexpr unsigned kPoisonAfter = 5;
// A link that fails later than this after the send failed for another reason.
constexpr std::chrono::seconds kSoon{10};

}  // namespace

Outbox::Outbox(Limits limits, Events events, BufferPool& buffers)
    : limits_(limits),
      events_(std::move(events)),
      buffers_(buffers),
      self_(std::make_shared<Outbox*>(this)) {}

Outbox::~Outbox() { *self_ = nullptr; }

void Outbox::set_limits(Limits limits) {
  limits_ = limits;
  make_room();
}

void Outbox::push(Batch batch) {
  bytes_ += batch.memory();
  ++live_;
  auto& lane = lane_of(batch);
  lane.push(std::move(batch));
  make_room();
}

// The oldest go first: for live data the newest are worth most. What is on the wire stays.
void Outbox::make_room() {
  for (auto lane = lanes_.rbegin(); lane != lanes_.rend() && is_over(); ++lane) {
    while (is_over() && live_ > 1) {
      auto* const slot = lane->next();
      if (slot == nullptr) break;
      events_.dropped(slot->batch, DropReason::OutboxFull);
      finish(*slot);
    }
    lane->forget_finished();
  }
}

void Outbox::send() {
  for (auto& lane : lanes_) {
    if (!send(lane)) return;
  }
}

/// False when nothing more may leave, and nothing of less priority either.
bool Outbox::send(OutboxLane& lane) {
  while (in_flight_ < window()) {
    auto* const slot = lane.next();
    if (slot == nullptr) return true;
    if (!events_.may_leave(slot->batch)) return false;
    const auto number = lane.next_number();
    slot->state = State::Sent;
    slot->batch.sent = webpubsub::steady_now();
    const auto offer =
        events_.send(slot->batch, [self = self_, &lane, number](const Result<void>& outcome) {
          if (*self != nullptr) (*self)->on_outcome(lane, number, outcome);
        });
    if (offer != Offer::Accepted) {
      slot->state = State::Waiting;
      return false;
    }
    ++in_flight_;
  }
  return false;
}

std::size_t Outbox::window() const {
  const bool suspects = std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
    return !lane.empty() && lane.front().ended >= kAloneAfter;
  });
  return suspects ? 1 : limits_.window;
}

bool Outbox::is_poison(const OutboxLane& lane, Slot& slot, const webpubsub::Error& why) {
  const bool soon = webpubsub::steady_now() - slot.batch.sent < kSoon;
  if (&slot != &lane.front() || why.code != Errc::Unavailable || !soon) return false;
  return ++slot.ended >= kPoisonAfter;
}

void Outbox::on_outcome(OutboxLane& lane, std::uint64_t number, const Result<void>& outcome) {
  auto* const slot = lane.find(number);
  if (slot == nullptr || slot->state != State::Sent) return;
  const bool was_closed = in_flight_ >= window();
  --in_flight_;
  if (outcome) {
    events_.forwarded(slot->batch);
    finish(*slot);
  } else if (is_final(outcome.error().code)) {
    events_.dropped(slot->batch, DropReason::Rejected);
    finish(*slot);
  } else if (is_poison(lane, *slot, outcome.error())) {
    events_.dropped(slot->batch, DropReason::Poison);
    finish(*slot);
  } else {
    slot->state = State::Waiting;
    slot->batch.mark_late();
    lane.put_back(number);
    events_.put_back(outcome.error());
  }
  lane.forget_finished();
  if (was_closed || !outcome) events_.ready();
}

void Outbox::finish(Slot& slot) {
  slot.state = State::Done;
  --live_;
  bytes_ -= slot.batch.memory();
  buffers_.give(std::move(slot.batch.bytes));
  slot.batch.bytes.clear();
}

void Outbox::each(const std::function<void(const Batch&)>& take) const {
  for (const auto& lane : lanes_) {
    for (const auto& slot : lane.slots()) {
      if (slot.state != State::Done) take(slot.batch);
    }
  }
}

void Outbox::drop_waiting(std::uint32_t rule, DropReason reason) {
  for (auto& lane : lanes_) {
    for (auto& slot : lane.slots()) {
      if (slot.state != State::Waiting || slot.batch.rule != rule) continue;
      events_.dropped(slot.batch, reason);
      finish(slot);
    }
    lane.forget_finished();
  }
}

void Outbox::drop_all(DropReason reason) {
  abandon([&](const Batch& batch) { events_.dropped(batch, reason); });
}

void Outbox::abandon(const std::function<void(const Batch&)>& kept) {
  for (auto& lane : lanes_) {
    for (auto& slot : lane.slots()) {
      if (slot.state == State::Done) continue;
      kept(slot.batch);
      finish(slot);
    }
    lane.clear();
  }
  in_flight_ = 0;
}

webpubsub::TimePoint Outbox::oldest() const {
  auto oldest = webpubsub::TimePoint::max();
  for (const auto& lane : lanes_) {
    if (!lane.empty()) oldest = std::min(oldest, lane.front().batch.arrived);
  }
  return oldest;
}

void Outbox::add_pending(std::vector<RuleCounts>& rules) const {
  for (const auto& lane : lanes_) {
    for (const auto& slot : lane.slots()) {
      if (slot.state != State::Done) rules[slot.batch.rule].pending += slot.batch.samples;
    }
  }
}

}  // namespace gateway
