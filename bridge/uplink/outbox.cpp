#include "bridge/uplink/outbox.h"

#include <algorithm>

namespace gateway {

using webpubsub::Errc;
using webpubsub::Offer;
using webpubsub::Result;

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
  bytes_ += batch.bytes.size();
  slots_.push_back({std::move(batch), State::Waiting});
  ++live_;
  make_room();
}

// The oldest go first: for live data the newest are worth most. What is on the wire stays.
void Outbox::make_room() {
  auto index = static_cast<std::size_t>(next_ - first_);
  while ((bytes_ > limits_.max_bytes || live_ > limits_.max_batches) && index + 1 < slots_.size()) {
    auto& slot = slots_[index++];
    if (slot.state != State::Waiting) continue;
    events_.dropped(slot.batch, DropReason::OutboxFull);
    finish(slot);
  }
  forget_finished();
}

void Outbox::forget_finished() {
  while (!slots_.empty() && slots_.front().state == State::Done) {
    slots_.pop_front();
    ++first_;
  }
  next_ = std::max(next_, first_);
}

void Outbox::send() {
  while (next_ < first_ + slots_.size() && in_flight_ < window()) {
    auto& slot = slots_[static_cast<std::size_t>(next_ - first_)];
    if (slot.state == State::Waiting) {
      const auto number = next_;
      slot.state = State::Sent;
      slot.batch.sent = webpubsub::steady_now();
      const auto offer =
          events_.send(slot.batch, [self = self_, number](const Result<void>& outcome) {
            if (*self != nullptr) (*self)->on_outcome(number, outcome);
          });
      if (offer != Offer::Accepted) {
        slot.state = State::Waiting;
        return;
      }
      ++in_flight_;
    }
    ++next_;
  }
}

std::size_t Outbox::window() const {
  const bool suspects = !slots_.empty() && slots_.front().ended >= kAloneAfter;
  return suspects ? 1 : limits_.window;
}

bool Outbox::is_poison(Slot& slot, const webpubsub::Error& why) const {
  const bool soon = webpubsub::steady_now() - slot.batch.sent < kSoon;
  if (&slot != &slots_.front() || why.code != Errc::Unavailable || !soon) return false;
  return ++slot.ended >= kPoisonAfter;
}

void Outbox::on_outcome(std::uint64_t number, const Result<void>& outcome) {
  if (number < first_) return;
  auto& slot = slots_[static_cast<std::size_t>(number - first_)];
  if (slot.state != State::Sent) return;
  const bool was_closed = in_flight_ >= window();
  --in_flight_;
  if (outcome) {
    events_.forwarded(slot.batch);
    finish(slot);
  } else if (is_final(outcome.error().code)) {
    events_.dropped(slot.batch, DropReason::Rejected);
    finish(slot);
  } else if (is_poison(slot, outcome.error())) {
    events_.dropped(slot.batch, DropReason::Poison);
    finish(slot);
  } else {
    slot.state = State::Waiting;
    slot.batch.mark_late();
    next_ = std::min(next_, number);
    events_.put_back(outcome.error());
  }
  forget_finished();
  if (was_closed || !outcome) events_.ready();
}

void Outbox::finish(Slot& slot) {
  slot.state = State::Done;
  --live_;
  bytes_ -= slot.batch.bytes.size();
  buffers_.give(std::move(slot.batch.bytes));
  slot.batch.bytes.clear();
}

void Outbox::drop_all(DropReason reason) {
  abandon([&](const Batch& batch) { events_.dropped(batch, reason); });
}

void Outbox::abandon(const std::function<void(const Batch&)>& kept) {
  for (auto& slot : slots_) {
    if (slot.state == State::Done) continue;
    kept(slot.batch);
    finish(slot);
  }
  first_ += slots_.size();
  next_ = first_;
  slots_.clear();
  in_flight_ = 0;
}

webpubsub::TimePoint Outbox::oldest() const {
  // The first slot is never a finished one: forget_finished().
  return slots_.empty() ? webpubsub::TimePoint::max() : slots_.front().batch.arrived;
}

void Outbox::add_pending(std::vector<RuleCounts>& rules) const {
  for (const auto& slot : slots_) {
    if (slot.state != State::Done) rules[slot.batch.rule].pending += slot.batch.samples;
  }
}

}  // namespace gateway
