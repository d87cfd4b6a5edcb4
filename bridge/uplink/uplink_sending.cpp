// How batches leave the uplink, and what becomes of those that did.

#include <algorithm>

#include "bridge/billing.h"
#include "bridge/uplink/uplink.h"
#include "webpubsub/client/close_reason.h"

namespace gateway {

using webpubsub::Completion;
using webpubsub::Errc;
using webpubsub::LogLevel;
using webpubsub::Offer;
using webpubsub::steady_now;

Outbox::Events Uplink::outbox_events() {
  return {
      .may_leave = [this](const Batch& batch) { return may_leave(batch); },
      .send = [this](const Batch& batch, Completion done) { return offer(batch, std::move(done)); },
      .forwarded = [this](const Batch& batch) { settle(batch); },
      .dropped = [this](const Batch& batch, DropReason reason) { drop(batch, reason); },
      .put_back = [this](const Batch& batch, const webpubsub::Error& why) { put_back(batch, why); },
      .ready = [this] { send_soon(); },
      .wake = [this](webpubsub::TimePoint time) { send_by(time); }};
}

void Uplink::drop(const Batch& batch, DropReason reason) {
  lines_.settled(batch.rule).dropped[static_cast<std::size_t>(reason)] += batch.samples;
  const bool given_up = reason == DropReason::Poison || reason == DropReason::Failed;
  const bool was_kept = reason == DropReason::Rejected && !batch.spooled.empty();
  if (given_up || was_kept) quarantine(batch);
  feed_.settle(batch);
  if (reason == DropReason::Purged) return;  // and told as a whole
  log_.burst(steady_now(), LogLevel::Error, "uplink.dropped",
             "readings were dropped on their way to the service",
             {{"rule", lines_.name(batch.rule)},
              {"reason", std::string(to_string(reason))},
              {"count", std::to_string(batch.samples)}});
}

void Uplink::settle(const Batch& batch) {
  auto& rule = lines_.settled(batch.rule);
  rule.forwarded += batch.samples;
  rule.bytes += batch.bytes.size();
  ++rule.frames;
  const auto now = steady_now();
  figures_.frame_bytes.observe(static_cast<double>(batch.bytes.size()));
  figures_.batch_messages.observe(static_cast<double>(batch.samples));
  figures_.end_to_end.observe(now - batch.arrived);
  if (batch.acknowledged) {
    figures_.ack_time.observe(now - batch.sent);
  }
  figures_.billable += billable_units(batch.bytes.size());
  queue_drain_.note_sent(batch);
  feed_.settle(batch);
  if (flushed_ || suspect_waits_ || !batch.spooled.empty()) send_soon();
}

// Of the end of a connection the link tells, once.
void Uplink::put_back(const Batch& batch, const webpubsub::Error& why) {
  ++frames_resent_;
  if (webpubsub::is_close(why) || why.code == Errc::Cancelled) return;
  if (why.code == Errc::ResourceExhausted) on_throttled();
  log_.burst(steady_now(), LogLevel::Warning, "uplink.refused",
             "the service does not take a batch, which is kept and tried again: " + why.message,
             {{"rule", lines_.name(batch.rule)},
              {"group", batch.group},
              {"reason", std::string(to_string(why.code))}});
}

Offer Uplink::offer(const Batch& batch, Completion done) {
  const auto offer =
      batch.is_event ? offer_event(batch, std::move(done))
      : batch.streamed
          ? streams_.send(*client_, batch, std::move(done))
          : client_->send_to_group(batch.group, batch.type, batch.bytes,
                                   {.no_echo = batch.no_echo, .acknowledged = batch.acknowledged},
                                   std::move(done));
  if (offer == Offer::Accepted) gate_.left(batch);
  return offer;
}

bool Uplink::may_leave(const Batch& batch) {
  if (gate_.may_leave(batch)) return true;
  feed_.hold_from(gate_.held_from());
  return false;
}

void Uplink::on_gate_open() {
  feed_.hold_from(gate_.held_from());
  come_round();
}

void Uplink::on_throttled() {
  if (!gate_.throttled()) return;
  log_.burst(steady_now(), LogLevel::Warning, "uplink.throttled",
             "the service says that it is too much; at most " +
                 std::to_string(static_cast<std::uint64_t>(gate_.figures().frame_rate)) +
                 " messages a second for a while",
             {});
}

// Nothing durable leaves before the disk knows what is in it.
void Uplink::send() {
  committed_ = feed_.commit();
  if (!online_) return;
  suspect_waits_ = send_suspect();
  if (suspect_waits_) return;
  live_.send();
  acknowledged_.send();
  if (committed_) durable_.send();
}

/// What may end the connection is sent by itself, or it would be blamed on what is beside it. True
/// while nothing else may leave.
bool Uplink::send_suspect() {
  const auto on_wire = live_.in_flight() + acknowledged_.in_flight() + durable_.in_flight();
  return live_.send_suspect(on_wire) || acknowledged_.send_suspect(on_wire) ||
         (committed_ && durable_.send_suspect(on_wire));
}

void Uplink::send_by(webpubsub::TimePoint time) {
  const auto set = retry_timer_.deadline();
  if (!set || time < *set) retry_timer_.start_at(time);
}

void Uplink::send_soon() {
  if (send_is_due_) return;
  send_is_due_ = true;
  loop_.defer([self = self_] {
    if (*self == nullptr) return;
    (*self)->send_is_due_ = false;
    (*self)->send();
    (*self)->feed_on();
    (*self)->check_flushed();
  });
}

}  // namespace gateway
