// Looking at what waits, and throwing it away.

#include <algorithm>

#include "bridge/uplink/uplink.h"

namespace gateway {

using webpubsub::LogLevel;
using webpubsub::steady_now;
using webpubsub::TimePoint;

namespace {

std::chrono::milliseconds age(TimePoint now, TimePoint since) {
  if (since == TimePoint::max() || since > now) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
}

}  // namespace

std::vector<RuleQueues> Uplink::queues() const {
  const auto now = steady_now();
  const auto counts = this->counts();
  std::vector<RuleQueues> all;
  all.reserve(counts.rules.size());
  for (const auto& rule : counts.rules) {
    auto& queues = all.emplace_back(RuleQueues{.rule = rule.rule, .removed = rule.removed});
    queues.memory.messages = rule.pending - std::min(rule.pending, rule.on_disk);
    queues.disk.messages = rule.on_disk;
    const auto* spooled = store_ == nullptr ? nullptr : store_->spool().find(rule.rule);
    if (spooled == nullptr) continue;
    queues.disk.bytes = spooled->counts().bytes;
    queues.disk.oldest_age = age(now, spooled->oldest().value_or(TimePoint::max()));
  }
  std::vector<TimePoint> oldest(lines_.size(), TimePoint::max());
  const auto add = [&](std::uint32_t rule, std::size_t bytes, TimePoint since) {
    all[rule].memory.bytes += bytes;
    oldest[rule] = std::min(oldest[rule], since);
  };
  for (const auto* outbox : {&live_, &acknowledged_}) {
    outbox->each([&](const Batch& batch) { add(batch.rule, batch.memory(), batch.arrived); });
  }
  for (std::uint32_t rule = 0; rule < lines_.size(); ++rule) {
    const auto* line = lines_.line(rule);
    if (line != nullptr) add(rule, line->open_bytes(), line->oldest());
    if (const auto* waiting = waiting_.find(rule)) add(rule, waiting->bytes(), waiting->oldest());
    all[rule].memory.oldest_age = age(now, oldest[rule]);
  }
  // A rule that was removed long ago, and has left nothing, is none to look at.
  std::erase_if(all, [](const RuleQueues& each) {
    return each.removed && each.memory.messages + each.disk.messages == 0;
  });
  return all;
}

bool Uplink::look_at_queue(std::string_view rule, QueuePlace place, std::uint64_t after,
                           const std::function<bool(const WaitingItem&)>& take) const {
  if (place == QueuePlace::Quarantine) {
    if (store_ == nullptr) return false;
    store_->quarantine().each(after, [&](const QuarantinedBatch& batch) {
      if (!rule.empty() && batch.rule != rule) return true;
      return take({.number = batch.number,
                   .time = batch.time,
                   .rule = batch.rule,
                   .group = batch.group,
                   .payload = batch.bytes,
                   .samples = batch.samples});
    });
    return true;
  }
  if (place == QueuePlace::Disk) {
    const auto* queue = store_ == nullptr ? nullptr : store_->spool().find(rule);
    if (queue == nullptr) return false;
    queue->each(after, [&](const SpooledMessage& stored) {
      return take({.number = stored.sequence,
                   .time = stored.message.time,
                   .rule = rule,
                   .topic = stored.message.topic,
                   .payload = stored.message.payload,
                   .qos = stored.message.qos,
                   .retained = stored.message.retained});
    });
    return true;
  }
  const auto number = lines_.find(rule);
  const auto* queue = number ? waiting_.find(*number) : nullptr;
  if (queue == nullptr) return number.has_value();
  queue->each(after, [&](std::uint64_t sequence, const Reading& reading) {
    return take({.number = sequence,
                 .time = reading.time,
                 .rule = rule,
                 .topic = reading.topic,
                 .payload = reading.payload,
                 .qos = reading.qos,
                 .retained = reading.retained});
  });
  return true;
}

Uplink::PurgeBegun Uplink::purge(std::string_view rule, std::function<void(std::uint64_t)> done) {
  const auto number = lines_.find(rule);
  auto* const queue = store_ == nullptr ? nullptr : store_->spool().find(rule);
  if (!number && queue == nullptr) return PurgeBegun::UnknownRule;
  if (purge_) return PurgeBegun::Busy;
  drain();
  std::uint64_t purged = 0;
  if (number) {
    if (auto* line = lines_.line(*number)) line->close_all(closed_);
    pass_on_closed();
    const auto before =
        lines_.settled(*number).dropped[static_cast<std::size_t>(DropReason::Purged)];
    waiting_.drop_all(*number, DropReason::Purged);
    for (auto* outbox : {&live_, &acknowledged_, &durable_}) {
      outbox->drop_waiting(*number, DropReason::Purged);
    }
    purged = lines_.settled(*number).dropped[static_cast<std::size_t>(DropReason::Purged)] - before;
  }
  // Not what comes from now on.
  purge_ = Purge{std::string(rule), queue == nullptr ? 0 : queue->end(), purged, std::move(done)};
  go_on_purging();
  send_soon();  // whoever waits for all to be gone is to hear of it
  return PurgeBegun::Yes;
}

/// A part of what is on disk at a time: what is fresh goes on meanwhile.
void Uplink::go_on_purging() {
  if (!purge_) return;
  auto* const queue = store_ == nullptr ? nullptr : store_->spool().find(purge_->rule);
  const auto gone = queue == nullptr ? 0 : queue->purge(purge_->end);
  purge_->purged += gone;
  static_cast<void>(feed_.commit());
  if (gone > 0) {
    timer_.start_at(steady_now());
    return;
  }
  const auto finished = std::move(*purge_);
  purge_.reset();
  log_.write(LogLevel::Warning, "uplink.purged", "what waited of a rule was thrown away on request",
             {{"rule", finished.rule}, {"count", std::to_string(finished.purged)}});
  finished.done(finished.purged);
}

webpubsub::Result<std::size_t> Uplink::purge_quarantine() {
  auto purged =
      store_ == nullptr ? webpubsub::Result<std::size_t>(0) : store_->quarantine().purge();
  if (purged) {
    log_.write(LogLevel::Warning, "uplink.purged", "the quarantine was emptied on request",
               {{"rule", ""}, {"count", std::to_string(*purged)}});
  }
  return purged;
}

void Uplink::quarantine(const Batch& batch) {
  if (store_ == nullptr) return;
  static_cast<void>(
      store_->quarantine().add({.time = webpubsub::unix_milliseconds(webpubsub::wall_now()),
                                .samples = batch.samples,
                                .rule = lines_.name(batch.rule),
                                .group = batch.group,
                                .bytes = batch.bytes}));
}

}  // namespace gateway
