#include "bridge/uplink/outbox.h"

#include <algorithm>

#include "webpubsub/client/close_reason.h"

namespace gateway {

using webpubsub::Errc;
using webpubsub::Offer;
using webpubsub::Result;
using State = OutboxLane::State;

namespace {

constexpr unsigned kAloneAfter = 2;
constexpr unsigned kPoisonAfter = 5;
constexpr unsigned kFailedAfter = 5;
// A link that fails later than this after the send failed for another reason.
constexpr std::chrono::seconds kSoon{10};

bool ended_connection(const webpubsub::Error& why) {
  return webpubsub::is_close(why) || why.code == Errc::Cancelled;
}

/// Whether the service said anything: of an ack that is missing it did not.
bool is_answer(const Result<void>& outcome) {
  return outcome || (!ended_connection(outcome.error()) && outcome.error().code != Errc::Timeout);
}

/// Whether what was sent may be the reason for such an end, and not how the service does, or what
/// it thinks of us.
bool may_be_blamed(webpubsub::CloseReason reason) {
  using webpubsub::CloseReason;
  return reason == CloseReason::Lost || reason == CloseReason::Unreadable ||
         reason == CloseReason::TooBig || reason == CloseReason::InternalError ||
         reason == CloseReason::Other;
}

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

// The oldest go first: for live data the newest are worth most. What is on the wire stays. Before
// all others goes what the service does not want at present.
void Outbox::make_room() {
  for (const bool passed : {true, false}) {
    for (auto lane = lanes_.rbegin(); lane != lanes_.rend() && is_over(); ++lane) {
      while (is_over() && live_ > 1 && (!passed || lane->passed() > 0)) {
        auto* const slot = lane->oldest_waiting();
        if (slot == nullptr) break;
        events_.dropped(slot->batch, DropReason::OutboxFull);
        finish(*lane, *slot);
      }
      lane->forget_finished();
    }
  }
}

void Outbox::send() {
  if (alone_) return;
  look_again(webpubsub::steady_now());
  for (auto& lane : lanes_) {
    if (!send(lane)) return;
  }
}

/// False when nothing more may leave, and nothing of less priority either.
bool Outbox::send(OutboxLane& lane) {
  const auto now = webpubsub::steady_now();
  const auto may = [&](const Slot& slot) { return backoff_.allows(slot.batch.rule, now); };
  while (in_flight_ < window()) {
    auto* const slot = lane.next(may);
    if (slot == nullptr) return true;
    const bool is_suspect = slot->ended >= kAloneAfter;
    if (is_suspect || !events_.may_leave(slot->batch) || !offer(lane, *slot)) return false;
  }
  return false;
}

bool Outbox::offer(OutboxLane& lane, Slot& slot) {
  slot.state = State::Sent;
  slot.batch.sent = webpubsub::steady_now();
  const auto offer = events_.send(
      slot.batch, [self = self_, &lane, number = slot.number](const Result<void>& outcome) {
        if (*self != nullptr) (*self)->on_outcome(lane, number, outcome);
      });
  if (offer != Offer::Accepted) {
    slot.state = State::Waiting;
    return false;
  }
  backoff_.sending(slot.batch.rule);
  ++in_flight_;
  return true;
}

bool Outbox::send_suspect(std::size_t on_wire) {
  if (alone_) return true;
  const auto now = webpubsub::steady_now();
  for (auto& lane : lanes_) {
    if (lane.empty()) continue;
    auto& slot = lane.front();
    if (slot.ended < kAloneAfter || slot.state != State::Waiting) continue;
    if (!backoff_.allows(slot.batch.rule, now)) continue;
    if (!events_.may_leave(slot.batch)) return false;
    if (on_wire == 0) alone_ = offer(lane, slot);
    return alone_ || on_wire > 0;
  }
  return false;
}

/// Pauses are over: those that were passed over have their turn.
void Outbox::look_again(webpubsub::TimePoint now) {
  if (now < look_at_) return;
  for (auto& lane : lanes_) lane.look_again();
  look_at_ = backoff_.next(now);
  if (look_at_ != webpubsub::TimePoint::max() && events_.wake) events_.wake(look_at_);
}

void Outbox::end_pauses() {
  if (backoff_.empty()) return;
  backoff_.end_pauses(webpubsub::steady_now());
  look_at_ = {};
}

std::size_t Outbox::window() const { return std::min(window_, limits_.window); }

void Outbox::on_outcome(OutboxLane& lane, std::uint64_t number, const Result<void>& outcome) {
  auto* const slot = lane.find(number);
  if (slot == nullptr || slot->state != State::Sent) return;
  const bool was_closed = in_flight_ >= window() || alone_;
  --in_flight_;
  alone_ = false;
  if (is_answer(outcome)) ++answers_;
  if (outcome) {
    if (backoff_.succeeded(slot->batch.rule, slot->batch.sent)) look_at_ = {};
    if (window_ < limits_.window) ++window_;
    events_.forwarded(slot->batch);
    finish(lane, *slot);
  } else if (const auto reason = failed(lane, *slot, outcome.error())) {
    events_.dropped(slot->batch, *reason);
    finish(lane, *slot);
  } else {
    slot->batch.mark_late();
    lane.put_back(*slot);
    events_.put_back(slot->batch, outcome.error());
  }
  lane.forget_finished();
  if (was_closed || !outcome || look_at_ == webpubsub::TimePoint{}) events_.ready();
}

/// Why it is given up, if it is.
std::optional<DropReason> Outbox::failed(OutboxLane& lane, Slot& slot,
                                         const webpubsub::Error& why) {
  if (!ended_connection(why)) return answered(slot, why);
  backoff_.came_back(slot.batch.rule);
  look_at_ = {};
  if (is_poison(lane, slot, why)) return DropReason::Poison;
  return std::nullopt;
}

// What was with it on the wire may have arrived without our hearing of it. So it goes on slowly:
// the first again by itself, then two, and so on.
bool Outbox::is_poison(const OutboxLane& lane, Slot& slot, const webpubsub::Error& why) {
  const bool soon = webpubsub::steady_now() - slot.batch.sent < kSoon;
  if (&slot != &lane.front() || !may_be_blamed(close_reason(why)) || !soon) return false;
  window_ = 1;
  return ++slot.ended >= kPoisonAfter;
}

/// The service took the batch, looked at it and said no: it ends no connection.
std::optional<DropReason> Outbox::answered(Slot& slot, const webpubsub::Error& why) {
  slot.ended = 0;
  const bool refused = why.code == Errc::Unauthorized;
  if (why.code == Errc::InvalidArgument || (refused && !slot.batch.acknowledged)) {
    backoff_.came_back(slot.batch.rule);
    look_at_ = {};
    return DropReason::Rejected;
  }
  const auto now = webpubsub::steady_now();
  backoff_.failed(slot.batch.rule, refused, slot.batch.sent, now);
  look_at_ = {};
  if (!refused && !webpubsub::is_transient(why.code) && ++slot.refused >= kFailedAfter) {
    return DropReason::Failed;
  }
  return std::nullopt;
}

void Outbox::finish(OutboxLane& lane, Slot& slot) {
  lane.finish(slot);
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
      finish(lane, slot);
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
      finish(lane, slot);
    }
    lane.clear();
  }
  in_flight_ = 0;
  alone_ = false;
  backoff_.clear();
}

webpubsub::TimePoint Outbox::oldest() const {
  auto oldest = webpubsub::TimePoint::max();
  for (const auto& lane : lanes_) {
    if (!lane.empty()) oldest = std::min(oldest, lane.front().batch.arrived);
  }
  return oldest;
}

bool Outbox::has_due(std::size_t held_from) const {
  if (in_flight_ > 0) return true;
  const auto free = lanes_.begin() + static_cast<std::ptrdiff_t>(held_from);
  return std::any_of(lanes_.begin(), free, [](const auto& lane) { return lane.active() > 0; });
}

Unanswered Outbox::unanswered() const {
  Unanswered unanswered{.count = in_flight_};
  for (const auto& lane : lanes_) {
    for (const auto& slot : lane.slots()) {
      if (slot.state == State::Sent)
        unanswered.oldest = std::min(unanswered.oldest, slot.batch.sent);
    }
  }
  return unanswered;
}

std::size_t Outbox::active_batches() const {
  auto count = live_;
  for (const auto& lane : lanes_) count -= lane.passed();
  return count;
}

std::size_t Outbox::active_bytes() const {
  auto bytes = bytes_;
  for (const auto& lane : lanes_) bytes -= lane.passed_bytes();
  return bytes;
}

void Outbox::add_refused(std::vector<RuleCounts>& rules) const {
  if (backoff_.empty()) return;
  for (std::uint32_t rule = 0; rule < rules.size(); ++rule) {
    rules[rule].refused = rules[rule].refused || backoff_.is_refused(rule);
  }
}

void Outbox::add_pending(std::vector<RuleCounts>& rules) const {
  for (const auto& lane : lanes_) {
    for (const auto& slot : lane.slots()) {
      if (slot.state != State::Done) rules[slot.batch.rule].pending += slot.batch.samples;
    }
  }
}

}  // namespace gateway
