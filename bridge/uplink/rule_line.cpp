#include "bridge/uplink/rule_line.h"

#include <algorithm>

#include "webpubsub/protocol/json_text.h"

namespace gateway {

using webpubsub::TimePoint;

namespace {

// What is remembered per rule. A site has fewer; a rule on "#" of a strange broker must not grow
// the process.
constexpr std::size_t kMaxTopics = 10'000;
constexpr std::size_t kMaxGroups = 2'000;

}  // namespace

RuleLine::RuleLine(std::uint32_t index, RuleOptions options, std::string gateway_id,
                   BufferPool& buffers)
    : index_(index),
      options_(std::move(options)),
      gateway_id_(std::move(gateway_id)),
      format_(options_, gateway_id_),
      buffers_(buffers) {}

std::optional<DropReason> RuleLine::take(std::string_view topic_name, std::string_view payload,
                                         std::int64_t time, TimePoint arrived, TimePoint now,
                                         std::vector<Batch>& closed) {
  const auto* topic = find_topic(topic_name);
  if (topic == nullptr) return drop(DropReason::Malformed);
  if (topic->group == nullptr) return drop(DropReason::InvalidGroup);
  auto& group = *topic->group;

  const auto expected =
      payload.size() + topic->frame.before_time.size() + topic->frame.before_data.size();
  if (group.open && group.batch.bytes.size() + expected > options_.batch.max_bytes) {
    close(group, closed);
  }
  const bool was_open = group.open;
  if (!was_open) open(group, arrived, now);
  auto& batch = group.batch;
  const auto before = batch.bytes.size();
  const bool valid = format_.append(batch.bytes, topic->frame, time, payload, batch.samples == 0);
  const bool fits = batch.bytes.size() <= kMaxBatchBytes;
  if (!valid || !fits) {
    batch.bytes.resize(before);
    if (!was_open) {  // an empty batch would be a gap in the sequence for nothing
      --group.sequence;
      group.open = false;
      buffers_.give(std::move(batch.bytes));
      open_.pop_back();
    }
    return drop(valid ? DropReason::TooLarge : DropReason::Malformed);
  }
  ++batch.samples;
  const bool full = batch.samples >= options_.batch.max_samples ||
                    batch.bytes.size() >= options_.batch.max_bytes || !format_.joins_readings();
  if (full) close(group, closed);
  return std::nullopt;
}

DropReason RuleLine::drop(DropReason reason) {
  ++dropped_[static_cast<std::size_t>(reason)];
  return reason;
}

const RuleLine::Topic* RuleLine::find_topic(std::string_view name) {
  if (const auto found = topics_.find(name); found != topics_.end()) return &found->second;
  if (!webpubsub::is_valid_utf8(name)) return nullptr;
  if (topics_.size() >= kMaxTopics || groups_.size() >= kMaxGroups) forget_idle();

  options_.topic.capture(name, captured_);
  std::string group;
  for (const auto& part : options_.group.parts()) {
    if (part.literal) {
      group += part.text;
    } else if (part.text == "gateway.id") {
      group += gateway_id_;
    } else {
      const auto& names = options_.topic.names();
      const auto at = std::find(names.begin(), names.end(), part.text) - names.begin();
      group += captured_[static_cast<std::size_t>(at)];
    }
  }
  Topic topic{nullptr, format_.frame_for(name)};
  if (is_valid_group(group)) topic.group = &find_group(group);
  return &topics_.emplace(std::string(name), std::move(topic)).first->second;
}

RuleLine::Group& RuleLine::find_group(const std::string& name) {
  const auto [found, is_new] = groups_.try_emplace(name);
  if (is_new) {
    found->second.name = name;
    found->second.sequence = sequence_floor_;
  }
  return found->second;
}

// Sequence numbers of a forgotten group go on above all that were used, so that a receiver may see
// a gap but never a number twice.
void RuleLine::forget_idle() {
  ++cache_resets_;
  topics_.clear();
  std::erase_if(groups_, [&](const auto& entry) {
    if (entry.second.open) return false;
    sequence_floor_ = std::max(sequence_floor_, entry.second.sequence);
    return true;
  });
}

void RuleLine::succeed(RuleLine& old) {
  old.topics_.clear();
  groups_ = std::move(old.groups_);
  sequence_floor_ = old.sequence_floor_;
}

std::uint64_t RuleLine::highest_sequence() const {
  auto highest = sequence_floor_;
  for (const auto& [name, group] : groups_) highest = std::max(highest, group.sequence);
  return highest;
}

void RuleLine::open(Group& group, TimePoint arrived, TimePoint now) {
  auto& batch = group.batch;
  batch = Batch{.rule = index_,
                .group = group.name,
                .type = format_.data_type(),
                .bytes = buffers_.take(),
                .opened = now,
                .arrived = arrived,
                .no_echo = options_.no_echo,
                .acknowledged = options_.send == SendMode::Acknowledged};
  batch.late_at = format_.open(batch.bytes, ++group.sequence);
  group.open = true;
  open_.push_back(&group);
}

void RuleLine::close(Group& group, std::vector<Batch>& closed) {
  format_.close(group.batch.bytes);
  closed.push_back(std::move(group.batch));
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
