// What the gateway is doing at this moment, as numbers.

#include "daemon/control/redact.h"
#include "daemon/gateway.h"
#include "daemon/queue_requests.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::steady_now;

GatewaySnapshot Gateway::snapshot() const {
  const auto now = steady_now();
  const auto uplink = uplink_->counts();
  GatewaySnapshot snapshot;
  snapshot.state = phase_ == Phase::Idle      ? RunState::Starting
                   : phase_ == Phase::Running ? RunState::Running
                                              : RunState::Stopping;
  snapshot.gateway_id = settings_.gateway_id;
  snapshot.started = started_at_;
  snapshot.uptime = std::chrono::duration_cast<milliseconds>(now - started_);
  add_links(snapshot, uplink, now);
  snapshot.mqtt_received = uplink.messages;
  snapshot.mqtt_dropped = {{"unmatched", uplink.unmatched}};
  for (std::size_t i = 0; i < uplink.rules.size(); ++i) {
    const auto& counts = uplink.rules[i];
    RuleSnapshot rule;
    rule.name = counts.rule;
    if (counts.acknowledged) rule.mode = "acknowledged";
    rule.received = counts.received;
    rule.forwarded = counts.forwarded;
    rule.filtered = counts.filtered_total();
    for (std::size_t reason = 0; reason < kFilterReasons; ++reason) {
      rule.filtered_by.emplace_back(to_string(static_cast<FilterReason>(reason)),
                                    counts.filtered[reason]);
    }
    for (std::size_t reason = 0; reason < kDropReasons; ++reason) {
      rule.dropped.emplace_back(to_string(static_cast<DropReason>(reason)), counts.dropped[reason]);
    }
    rule.pending = counts.pending;
    rule.refused = counts.refused;
    rule.durable = counts.durable;
    rule.restored = counts.restored;
    rule.on_disk = counts.on_disk;
    rule.frames = counts.frames;
    rule.sent_bytes = counts.bytes;
    snapshot.rules.push_back(std::move(rule));
  }
  snapshot.queues = {{.name = "inbox",
                      .messages = uplink.inbox_messages,
                      .bytes = uplink.inbox_bytes,
                      .max_bytes = uplink.inbox_max_bytes,
                      .oldest_age = uplink.inbox_age},
                     {.name = "batches",
                      .messages = uplink.batch_messages,
                      .bytes = uplink.batch_bytes,
                      .max_bytes = uplink.batch_max_bytes,
                      .oldest_age = uplink.batch_age},
                     {.name = "outbox",
                      .messages = uplink.outbox_batches,
                      .bytes = uplink.outbox_bytes,
                      .max_messages = uplink.outbox_max_batches,
                      .max_bytes = uplink.outbox_max_bytes,
                      .oldest_age = uplink.outbox_age},
                     {.name = "offline",
                      .messages = uplink.offline_messages,
                      .bytes = uplink.offline_bytes,
                      .max_bytes = uplink.offline_max_bytes,
                      .oldest_age = uplink.offline_age},
                     {.name = "socket", .bytes = client_->queued_bytes()}};
  snapshot.store = store_.snapshot();
  if (snapshot.store.open) {
    snapshot.queues.push_back({.name = "store",
                               .messages = uplink.spool_messages,
                               .bytes = uplink.spool_bytes,
                               .max_bytes = uplink.spool_max_bytes,
                               .oldest_age = uplink.spool_age,
                               .time_to_full = snapshot.store.time_to_full});
  }
  add_commands(snapshot);
  snapshot.governor = {.frame_rate = uplink.gate.frame_rate,
                       .billed_today = uplink.gate.billed_today,
                       .held = kPriorities - uplink.gate.held_from,
                       .throttled = uplink.gate.throttled};
  snapshot.uplink = uplink_->figures();
  snapshot.config.last_reload = started_at_;
  snapshot.credentials = credentials_;
  if (hub_) snapshot.hub = hub_->counters();
  if (mirror_) snapshot.mirror = mirror_->snapshot();
  return snapshot;
}

void Gateway::look_at_queues(const QueueRequest& request,
                             const std::function<void(webpubsub::Result<std::string> data)>& done) {
  answer_queue_request(*uplink_, request, done);
}

void Gateway::trace(const TraceRequest& request,
                    std::function<void(webpubsub::Result<std::string> data)> done) {
  if (request.payload) hidden_ = known_secrets(settings_);
  traces_->ask(request, std::move(done));
}

void Gateway::add_commands(GatewaySnapshot& snapshot) const {
  const auto counters = downlink_->counters();
  for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
    snapshot.commands.emplace_back(to_string(static_cast<Outcome>(outcome)),
                                   counters.total.by_outcome[outcome]);
  }
  for (std::size_t reason = 1; reason < kReasons; ++reason) {
    snapshot.commands_refused.emplace_back(to_string(static_cast<Reason>(reason)),
                                           counters.total.by_reason[reason]);
  }
  snapshot.commands_pending = counters.total.pending;
  snapshot.commands_received = counters.received;
  snapshot.commands_billable = counters.billable;
  snapshot.command_time = downlink_->durations();
  snapshot.late_replies = counters.late_replies;
  snapshot.answers = {{"sent", counters.answers_sent},
                      {"expired", counters.answers_expired},
                      {"dropped", counters.answers_dropped}};
  snapshot.answers_waiting = counters.answers_waiting;
  const auto& replies = event_replies_->counters();
  for (std::size_t outcome = 0; outcome < kReplyOutcomes; ++outcome) {
    snapshot.event_replies.emplace_back(to_string(static_cast<ReplyOutcome>(outcome)),
                                        replies.by_outcome[outcome]);
  }
  snapshot.event_replies_pending = replies.pending;
  const auto& asked = snapshot_->counters();
  snapshot.snapshots = {
      {"requests", asked.requests}, {"refused", asked.refused}, {"parts", asked.parts}};
  snapshot.last_values = last_values_.size();
  snapshot.last_value_bytes = last_values_.bytes();
  const auto& devices = devices_->counters();
  snapshot.devices = {
      {"online", devices.online}, {"silent", devices.silent}, {"gone", devices.gone}};
  snapshot.device_changes = devices.changes;
}

}  // namespace gateway
