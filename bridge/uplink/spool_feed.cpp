#include "bridge/uplink/spool_feed.h"

#include <algorithm>
#include <set>

#include "bridge/store/record.h"
#include "bridge/uplink/replay.h"

namespace gateway {

using webpubsub::TimePoint;
using Amount = SpoolQueue::Amount;
using Part = SpoolQueue::Part;

namespace {

constexpr std::chrono::seconds kAgeInterval{1};

SpoolLimits limits_of(const OfflineOptions& offline) {
  return {.max_messages = offline.max_messages,
          .max_bytes = offline.max_bytes,
          .max_age = offline.max_age,
          .drop_oldest = offline.overflow == OfflineOptions::Overflow::DropOldest,
          .blocks = offline.overflow == OfflineOptions::Overflow::Block};
}

Reading reading_of(std::uint32_t rule, const SpooledMessage& stored) {
  return {.rule = rule,
          .time = stored.message.time,
          .arrived = stored.arrived,
          .topic = stored.message.topic,
          .payload = stored.message.payload,
          .qos = stored.message.qos,
          .retained = stored.message.retained,
          .spooled = stored.sequence};
}

/// What the queue counted while its rule had another number, or none.
SpoolCounts settled_part(const SpoolCounts& counts) {
  auto base = counts;
  base.restored = counts.restored + counts.appended + counts.refused - counts.pending;
  base.appended = 0;
  base.refused = 0;
  return base;
}

}  // namespace

SpoolFeed::Attached* SpoolFeed::find(std::uint32_t rule) {
  const auto found = std::find_if(attached_.begin(), attached_.end(),
                                  [&](const Attached& each) { return each.rule == rule; });
  return found == attached_.end() ? nullptr : &*found;
}

void SpoolFeed::detach(std::uint32_t rule) {
  const auto* attached = find(rule);
  if (attached == nullptr) return;
  bases_[attached->queue->name()] = settled_part(attached->queue->counts());
  std::erase_if(attached_, [&](const Attached& each) { return each.rule == rule; });
}

void SpoolFeed::set_rules(const std::vector<std::uint32_t>& freed, TimePoint now,
                          std::vector<Batch>& closed) {
  if (store_ == nullptr) return;
  for (const auto rule : freed) detach(rule);
  complete_ = true;
  for (std::uint32_t rule = 0; rule < lines_.size(); ++rule) attach(rule, now, closed);
}

void SpoolFeed::attach(std::uint32_t rule, TimePoint now, std::vector<Batch>& closed) {
  auto* line = lines_.line(rule);
  if (line == nullptr) return;
  const auto& options = line->options();
  auto* attached = find(rule);
  if (attached == nullptr) {
    auto& spool = store_->spool();
    auto* queue =
        options.store == StoreMode::Disk ? spool.queue(options.name) : spool.find(options.name);
    if (queue == nullptr) {
      complete_ = complete_ && spool.loaded() && options.store == StoreMode::Memory;
      return;
    }
    attached = &attached_.emplace_back(Attached{.rule = rule, .queue = queue});
    if (const auto base = bases_.find(options.name); base != bases_.end()) {
      attached->base = base->second;
    }
    rebuild(*attached, *line, now, closed);
  }
  attached->queue->set_limits(limits_of(options.offline));
  attached->replay = Pacer(options.replay.rate, now);
}

// What was sent may have arrived. It gets the number it had and what it had in it; readings that
// the rule, having changed, does not put there any more come later, as if they had not been sent.
void SpoolFeed::rebuild(Attached& attached, RuleLine& line, TimePoint now,
                        std::vector<Batch>& closed) {
  auto& queue = *attached.queue;
  line.close_all(closed);
  for (const auto& [group, sequence] : queue.sequences()) line.resume(group, sequence);
  std::set<std::uint64_t> seen;
  for (const auto& unfinished : queue.take_unfinished()) {
    std::vector<std::string> values;
    std::vector<Reading> readings;
    values.reserve(unfinished.messages.size());
    readings.reserve(unfinished.messages.size());
    for (const auto sequence : unfinished.messages) {
      auto value = queue.stored(sequence);
      const auto message = value ? queue.decode(sequence, values.emplace_back(*value))
                                 : std::optional<SpooledMessage>();
      if (message) readings.push_back(reading_of(attached.rule, *message));
    }
    const auto before = closed.size();
    line.rebuild(unfinished.group, unfinished.sequence, readings, now, closed);
    const auto& held =
        closed.size() > before ? closed.back().spooled : std::vector<std::uint64_t>();
    std::vector<std::uint64_t> strays;
    std::set_difference(unfinished.messages.begin(), unfinished.messages.end(), held.begin(),
                        held.end(), std::back_inserter(strays));
    if (!strays.empty()) queue.put_back(unfinished.group, unfinished.sequence, strays);
    for (const auto sequence : held) attached.more_holds += seen.insert(sequence).second ? 0U : 1U;
  }
}

std::vector<SpoolQueue*> SpoolFeed::queues_for(const std::vector<RuleOptions>& rules,
                                               const std::vector<std::uint32_t>& numbers) const {
  std::vector<SpoolQueue*> queues(lines_.size(), nullptr);
  if (store_ == nullptr) return queues;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].store == StoreMode::Disk) {
      queues[numbers[i]] = store_->spool().queue(rules[i].name);
    }
  }
  return queues;
}

std::vector<SpoolQueue*> SpoolFeed::queues() const {
  std::vector<SpoolQueue*> queues(lines_.size(), nullptr);
  for (const auto& each : attached_) {
    const auto* line = lines_.line(each.rule);
    const bool durable = line != nullptr && line->options().store == StoreMode::Disk;
    if (durable) queues[each.rule] = each.queue;
  }
  return queues;
}

bool SpoolFeed::missed_rules() const {
  return store_ != nullptr && !complete_ && store_->spool().loaded();
}

void SpoolFeed::on_link_up() {
  for (auto& each : attached_) each.queue->begin_live();
}

bool SpoolFeed::is_held(const Attached& attached) const {
  const auto* line = lines_.line(attached.rule);
  return line == nullptr || gateway::is_held(line->options(), held_from_) ||
         (pauses_ && pauses_(attached.rule));
}

bool SpoolFeed::feed(Amount amount, TimePoint now, const Take& take, std::vector<Batch>& closed) {
  const auto whole = amount.messages;
  ++turn_;
  feed_drained(amount, now, take, closed);
  for (std::size_t i = 0; i < attached_.size(); ++i) {
    auto& each = attached_[(turn_ + i) % attached_.size()];
    if (!is_held(each)) feed_one(each, amount, now, take, closed);
  }
  return amount.messages < whole;
}

/// Most of what may be read, but not all: what is fresh of others is not to wait for it.
void SpoolFeed::feed_drained(Amount& amount, TimePoint now, const Take& take,
                             std::vector<Batch>& closed) {
  auto* const drained = drained_ ? find(*drained_) : nullptr;
  if (drained == nullptr || is_held(*drained)) return;
  const Amount rest{amount.messages / 4, amount.bytes / 4};
  Amount mine{amount.messages - rest.messages, amount.bytes - rest.bytes};
  feed_one(*drained, mine, now, take, closed);
  amount = {rest.messages + mine.messages, rest.bytes + mine.bytes};
}

void SpoolFeed::feed_one(Attached& attached, Amount& amount, TimePoint now, const Take& take,
                         std::vector<Batch>& closed) {
  auto& line = *lines_.line(attached.rule);
  const bool has_backlog = attached.queue->has_unread(Part::Backlog);
  const bool in_order = replays_in_order(line.options());
  if (!has_backlog || !in_order) read(attached, line, Part::Live, amount, take, closed);
  if (has_backlog && (attached.rule == drained_ || attached.replay.allows(1, now))) {
    replay(attached, line, amount, now, take, closed);
  }
}

/// Live and late readings in one batch would all be called late.
void SpoolFeed::replay(Attached& attached, RuleLine& line, Amount& amount, TimePoint now,
                       const Take& take, std::vector<Batch>& closed) {
  const bool in_order = replays_in_order(line.options());
  const bool at_once = attached.rule == drained_;
  if (!in_order) line.close_all(closed);
  const auto before = line.batches();
  const auto step = kReplayedFrames * line.options().batch.max_samples;
  const auto share = at_once ? amount.messages : std::min(amount.messages, step);
  Amount mine{share, amount.bytes};
  read(attached, line, Part::Backlog, mine, take, closed);
  amount = {amount.messages - (share - mine.messages), mine.bytes};
  if (!in_order || !attached.queue->has_unread(Part::Backlog)) line.close_all(closed);
  if (!at_once) attached.replay.owe(line.batches() - before, now);
}

void SpoolFeed::read(Attached& attached, RuleLine& line, Part part, Amount& amount,
                     const Take& take, std::vector<Batch>& closed) {
  bool shared = false;
  const auto taken = attached.queue->read(part, amount, [&](const SpooledMessage& message) {
    const auto before = line.holds();
    take(reading_of(attached.rule, message));
    const auto holds = line.holds() - before;
    shared = shared || holds > 1;
    return static_cast<std::uint16_t>(holds);
  });
  amount.messages -= std::min(amount.messages, taken.messages);
  amount.bytes -= std::min(amount.bytes, taken.bytes);
  // Batches that share a message are noted together, or a part of it could be forgotten.
  if (shared) line.close_all(closed);
}

TimePoint SpoolFeed::next(TimePoint now) const {
  auto next = TimePoint::max();
  for (const auto& each : attached_) {
    const auto* line = lines_.line(each.rule);
    if (is_held(each)) continue;
    const bool backlog = each.queue->has_unread(Part::Backlog);
    if (backlog) next = std::min(next, each.rule == drained_ ? now : each.replay.when(1, now));
    if (backlog && replays_in_order(line->options())) continue;
    if (each.queue->has_unread(Part::Live)) return now;
  }
  return next;
}

void SpoolFeed::note(const Batch& batch) {
  if (batch.spooled.empty() || batch.late_at == 0) return;
  if (auto* attached = find(batch.rule)) {
    attached->queue->note_batch(batch.group, batch.sequence, batch.spooled);
  }
}

void SpoolFeed::settle(const Batch& batch) {
  auto* attached = batch.spooled.empty() ? nullptr : find(batch.rule);
  if (attached == nullptr) return;
  if (batch.late_at == 0) {
    attached->queue->settle_messages(batch.spooled);
  } else {
    attached->queue->settle_batch(batch.group, batch.sequence, batch.spooled);
  }
}

bool SpoolFeed::commit() { return store_ == nullptr || store_->spool().commit().has_value(); }

bool SpoolFeed::trim(TimePoint now) {
  const bool look_for_old = now >= aged_ + kAgeInterval;
  if (look_for_old) aged_ = now;
  bool more = false;
  for (auto& each : attached_) {
    more = each.queue->trim_full() || more;
    if (look_for_old && each.queue->trim_old(now)) {
      aged_ = {};
      more = true;
    }
  }
  return more;
}

void SpoolFeed::add_counts(std::vector<RuleCounts>& rules) const {
  for (const auto& each : attached_) {
    const auto counts = each.queue->counts();
    const auto& base = each.base;
    auto& rule = rules[each.rule];
    rule.received +=
        counts.restored + counts.appended + counts.refused - base.restored + each.more_holds;
    const auto add = [&](DropReason reason, std::uint64_t count) {
      rule.dropped[static_cast<std::size_t>(reason)] += count;
    };
    add(DropReason::StoreFull, counts.refused + counts.dropped - base.dropped);
    add(DropReason::Expired, counts.expired - base.expired);
    add(DropReason::Purged, counts.purged - base.purged);
    add(DropReason::Lost, counts.lost - base.lost);
    rule.pending += counts.pending - counts.held;
    rule.on_disk = counts.pending;
    rule.restored = counts.restored;
  }
}

TimePoint SpoolFeed::add_totals(UplinkCounts& counts) const {
  auto oldest = TimePoint::max();
  if (store_ == nullptr) return oldest;
  const auto& spool = store_->spool();
  for (const auto* queue : spool.queues()) {
    counts.spool_messages += queue->counts().pending;
    oldest = std::min(oldest, queue->oldest().value_or(TimePoint::max()));
  }
  counts.spool_bytes = spool.bytes();
  counts.spool_max_bytes = spool.max_bytes();
  return oldest;
}

void SpoolFeed::add_foreign(std::vector<RuleCounts>& rules) const {
  if (store_ == nullptr) return;
  for (const auto* queue : store_->spool().queues()) {
    const bool known = std::any_of(attached_.begin(), attached_.end(),
                                   [&](const Attached& each) { return each.queue == queue; });
    const auto pending = queue->counts().pending;
    if (known || pending == 0) continue;
    rules.push_back({.rule = queue->name(),
                     .removed = true,
                     .received = pending,
                     .pending = pending,
                     .on_disk = pending});
  }
}

}  // namespace gateway
