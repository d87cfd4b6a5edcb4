#include "bridge/uplink/rule_line.h"

#include <algorithm>

#include "bridge/billing.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

/// What the stages go by. What waited is looked at as if it had not.
TimePoint time_of(const Reading& reading, TimePoint now) {
  return reading.spooled == 0 && !reading.waited ? now : reading.arrived;
}

}  // namespace

RuleLine::RuleLine(std::uint32_t index, RuleOptions options, std::string gateway_id,
                   BufferPool& buffers)
    : index_(index),
      options_(std::move(options)),
      gateway_id_(std::move(gateway_id)),
      format_(options_, gateway_id_),
      group_name_(options_.group, options_.topics, gateway_id_),
      reply_rule_(reply_rule_of(options_)),
      reply_topic_(options_.reply ? options_.reply->topic.value_or(TextTemplate()) : TextTemplate(),
                   options_.topics, gateway_id_),
      looks_(looks_into_payload(options_)),
      pipeline_(options_, gateway_id_),
      window_key_(options_.window.per, options_.topics),
      offline_key_(options_.offline.per, options_.topics),
      buffers_(buffers) {
  if (PayloadReader::is_needed(options_)) reader_.emplace(options_);
  if (options_.window.is_set()) window_.emplace(options_.window);
}

std::optional<DropReason> RuleLine::take(const Reading& reading, TimePoint now,
                                         std::vector<Batch>& closed) {
  if (reading.retained && options_.retained == Retained::Ignore) {
    return leave_out(FilterReason::Retained);
  }
  const auto* topic = find_topic(reading.topic);
  if (topic == nullptr) return drop(DropReason::Malformed);
  const bool is_news = !reading.retained && !reading.waited && rebuilt_ == nullptr;
  if (seen_ != nullptr && is_news) seen_->on_seen(topic->device, reading.arrived);
  if (!looks_) return forward(*topic, reading, {}, now, closed);
  if (reader_) return take_decoded(*topic, reading, now, closed);
  arena_.reset();
  if (!look_into(reading.payload)) return drop(DropReason::Malformed);
  return look_at(*topic, reading, {}, now, closed);
}

std::optional<std::string_view> RuleLine::offline_key(std::string_view name) {
  const auto* topic = find_topic(name);
  if (topic == nullptr) return std::nullopt;
  return offline_key_.of({.topic = name, .captured = topic->captured, .document = document_},
                         arena_);
}

void RuleLine::note_seen(std::string_view name, TimePoint arrived) {
  const auto* topic = find_topic(name);
  if (seen_ != nullptr && topic != nullptr) seen_->on_seen(topic->device, arrived);
}

/// A message may hold several readings; each is on the books as one.
std::optional<DropReason> RuleLine::take_decoded(const Topic& topic, const Reading& reading,
                                                 TimePoint now, std::vector<Batch>& closed) {
  const auto read = reader_->read({reading.topic, reading.payload, reading.time, now});
  const auto& requests = reader_->requests();
  if (request_) std::for_each(requests.begin(), requests.end(), request_);
  if (read == PayloadReader::Read::Malformed) return drop(DropReason::Malformed);
  if (read == PayloadReader::Read::Failed) return drop(DropReason::JqFailed);
  if (read == PayloadReader::Read::TooMany) return drop(DropReason::TooMany);
  const auto& readings = reader_->readings();
  if (readings.size() == 0) return leave_out(FilterReason::Empty);
  more_readings_ += readings.size() - 1;
  std::optional<DropReason> dropped;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    auto each = reading;
    each.payload = readings.json(i);
    if (watcher_ != nullptr) {
      watcher_->on_stage(options_.jq.is_set() ? "jq" : "decode", each.payload);
    }
    arena_.reset();
    const auto reason = document_.parse(each.payload)
                            ? look_at(topic, each, {.time = readings.time(i)}, now, closed)
                            : drop(DropReason::Malformed);
    if (!dropped) dropped = reason;
  }
  return dropped;
}

/// Of a reading whose payload was taken apart.
std::optional<DropReason> RuleLine::look_at(const Topic& topic, const Reading& reading, Shape shape,
                                            TimePoint now, std::vector<Batch>& closed) {
  const auto taken = source_time(options_.time, document_, shape.time, reading.time, arena_);
  auto shaped = reading;
  const bool has_own = shape.time || options_.time.source == TimeOptions::Source::Field;
  if (watcher_ != nullptr && has_own) watcher_->on_stage("time", to_string(taken));
  shaped.time = taken.time;
  shape.skew = taken.skew;
  if (!pipeline_.has_stages()) return forward(topic, shaped, shape, now, closed);
  const MessageView message{.topic = reading.topic,
                            .captured = topic.captured,
                            .payload = reading.payload,
                            .document = document_,
                            .time = taken.time,
                            .qos = reading.qos,
                            .retained = reading.retained};
  const auto thinning =
      rebuilt_ == nullptr ? Pipeline::Thinning::Decides : Pipeline::Thinning::Remembers;
  const auto outcome = pipeline_.run(message, time_of(reading, now), arena_, watcher_, thinning);
  if (outcome.verdict != Pipeline::Verdict::Forward) return stopped(outcome.verdict);
  if (window_) return take_in(topic, message, *outcome.sample, reading.time, now, closed);
  shaped.payload = outcome.data;
  shape.sample = outcome.sample;
  return forward(topic, shaped, shape, now, closed);
}

/// Whether the payload is what the rule says it is.
bool RuleLine::look_into(std::string_view payload) {
  return options_.payload == PayloadType::Text ? document_.set_text(payload)
                                               : document_.parse(payload);
}

std::optional<DropReason> RuleLine::stopped(Pipeline::Verdict verdict) {
  switch (verdict) {
    case Pipeline::Verdict::NoFields:
      return drop(DropReason::NoFields);
    case Pipeline::Verdict::Unconvertible:
      return drop(DropReason::Unconvertible);
    case Pipeline::Verdict::Filtered:
      return leave_out(FilterReason::Where);
    case Pipeline::Verdict::Thinned:
    case Pipeline::Verdict::Forward:
      break;
  }
  return leave_out(FilterReason::Thin);
}

std::optional<DropReason> RuleLine::forward(const Topic& topic, const Reading& reading,
                                            const Shape& shape, TimePoint now,
                                            std::vector<Batch>& closed) {
  auto* group = group_for(topic);
  if (group == nullptr) return drop(DropReason::InvalidGroup);
  return put(*group, topic, reading, shape, now, closed);
}

/// Whether a batch should leave before a piece of `expected` bytes begins another step of what the
/// service bills. Early in its life it has time to fill more of them.
bool RuleLine::fills_step(const Batch& batch, std::size_t expected, TimePoint now) const {
  if (!options_.batch.fills_billing || now - batch.opened < options_.batch.max_delay / 2) {
    return false;
  }
  return billable_units(batch.bytes.size() + expected) > billable_units(batch.bytes.size());
}

std::optional<DropReason> RuleLine::put(Group& group, const Topic& topic, const Reading& reading,
                                        const Shape& shape, TimePoint now,
                                        std::vector<Batch>& closed) {
  if (rebuilt_ != nullptr && rebuilt_ != &group) return std::nullopt;
  const auto expected =
      reading.payload.size() + topic.frame.before_time.size() + topic.frame.before_data.size();
  const bool crowded = group.batch.bytes.size() + expected > options_.batch.max_bytes;
  const bool ends = crowded || fills_step(group.batch, expected, now);
  if (group.open && ends && rebuilt_ == nullptr) {
    close(group, closed);
  }
  const bool was_open = group.open;
  if (!was_open) open(group, reading.arrived, now);
  auto& batch = group.batch;
  const auto before = batch.bytes.size();
  const SampleFormat::Facts facts{
      .number = appended_,
      .time = reading.time,
      .skew = shape.skew,
      .retained = reading.retained && options_.retained == Retained::Initial};
  const bool valid = format_.append(batch.bytes, topic.frame, facts, reading.payload,
                                    group.pieces == 0, shape.sample);
  const bool fits = batch.bytes.size() <= kMaxBatchBytes;
  if (valid && !fits && was_open && rebuilt_ == nullptr) {  // escapes make it longer: alone it may
    batch.bytes.resize(before);
    close(group, closed);
    return put(group, topic, reading, shape, now, closed);
  }
  if (!valid || !fits) {
    const auto unfit = needs_fields(options_) ? DropReason::NoFields : DropReason::Malformed;
    batch.bytes.resize(before);
    if (!was_open) {  // an empty batch would be a gap in the sequence for nothing
      --group.sequence;
      group.open = false;
      buffers_.give(std::move(batch.bytes));
      open_.pop_back();
    }
    return drop(valid ? DropReason::TooLarge : unfit, shape.readings);
  }
  ++group.pieces;
  ++appended_;
  batch.samples += shape.readings;
  hold(batch, reading);
  if (reply_rule_) batch.reply = make_address(reply_rule_, topic.reply_pieces, reading);
  if (rebuilt_ != nullptr) return std::nullopt;
  if (forwards_ != nullptr) {
    forwards_->on_forwarded({.rule = options_.name,
                             .group = group.name,
                             .topic = reading.topic,
                             .payload = reading.payload,
                             .time = reading.time,
                             .readings = shape.readings});
  }
  const bool full = group.pieces >= options_.batch.max_samples ||
                    batch.bytes.size() >= options_.batch.max_bytes || !format_.joins_readings();
  if (full) close(group, closed);
  return std::nullopt;
}

void RuleLine::hold(Batch& batch, const Reading& reading) {
  if (reading.spooled == 0) return;
  if (!batch.spooled.empty() && batch.spooled.back() == reading.spooled) return;
  batch.spooled.push_back(reading.spooled);
  ++holds_;
}

void RuleLine::rebuild(const std::string& name, std::uint64_t sequence,
                       const std::vector<Reading>& readings, TimePoint now,
                       std::vector<Batch>& closed) {
  auto& group = find_group(name);
  const auto latest = std::max(group.sequence, sequence);
  group.sequence = sequence - 1;
  // What is not in it now, because the rule has changed, is on the books when it comes again.
  const auto dropped = dropped_;
  const auto filtered = filtered_;
  const auto more_readings = more_readings_;
  rebuilt_ = &group;
  for (const auto& reading : readings) static_cast<void>(take(reading, now, closed));
  rebuilt_ = nullptr;
  dropped_ = dropped;
  filtered_ = filtered;
  more_readings_ = more_readings;
  if (group.open) more_readings_ += group.batch.samples - group.batch.spooled.size();
  close_all(closed);
  group.sequence = latest;
}

DropReason RuleLine::drop(DropReason reason, std::uint64_t readings) {
  dropped_[static_cast<std::size_t>(reason)] += readings;
  return reason;
}

std::nullopt_t RuleLine::leave_out(FilterReason reason) {
  ++filtered_[static_cast<std::size_t>(reason)];
  return std::nullopt;
}

void RuleLine::add_counts(RuleCounts& counts) const {
  counts.received += more_readings_;
  for (std::size_t i = 0; i < kDropReasons; ++i) counts.dropped[i] += dropped_[i];
  for (std::size_t i = 0; i < kFilterReasons; ++i) counts.filtered[i] += filtered_[i];
}

void RuleLine::open(Group& group, TimePoint arrived, TimePoint now) {
  auto& batch = group.batch;
  batch = Batch{.rule = index_,
                .priority = options_.priority,
                .group = group.name,
                .type = format_.data_type(),
                .bytes = buffers_.take(),
                .opened = now,
                .arrived = arrived,
                .no_echo = options_.no_echo,
                .acknowledged = is_acknowledged(options_),
                .streamed = options_.send == SendMode::Stream,
                .is_event = !options_.event.empty()};
  batch.sequence = ++group.sequence;
  batch.late_at = format_.open(batch.bytes, batch.sequence);
  group.open = true;
  group.pieces = 0;
  open_.push_back(&group);
}

void RuleLine::close(Group& group, std::vector<Batch>& closed) {
  format_.close(group.batch.bytes);
  closed.push_back(std::move(group.batch));
  ++batches_;
  group.open = false;
  std::erase(open_, &group);
}

void RuleLine::close_all(std::vector<Batch>& closed) {
  while (!open_.empty()) close(*open_.front(), closed);
}

void RuleLine::close_due(TimePoint now, std::vector<Batch>& closed) {
  while (next_due() <= now) close(*open_.front(), closed);
}

std::size_t RuleLine::open_bytes() const {
  std::size_t bytes = 0;
  for (const auto* group : open_) bytes += group->batch.bytes.size();
  return bytes;
}

std::uint64_t RuleLine::open_samples() const {
  std::uint64_t samples = 0;
  for (const auto* group : open_) samples += group->batch.samples;
  return samples;
}

TimePoint RuleLine::oldest() const {
  return open_.empty() ? TimePoint::max() : open_.front()->batch.arrived;
}

TimePoint RuleLine::next_due() const {
  if (open_.empty()) return TimePoint::max();
  return open_.front()->batch.opened + options_.batch.max_delay;
}

}  // namespace gateway
