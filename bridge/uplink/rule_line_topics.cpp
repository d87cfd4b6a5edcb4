// The topics and groups that a rule has met, and the numbers of its batches.

#include <algorithm>

#include "bridge/uplink/rule_line.h"
#include "webpubsub/protocol/json_text.h"

namespace gateway {

namespace {

// What is remembered per rule. A site has fewer; a rule on "#" of a strange broker must not grow
// the process.
constexpr std::size_t kMaxTopics = 10'000;
constexpr std::size_t kMaxGroups = 2'000;

}  // namespace

const RuleLine::Topic* RuleLine::find_topic(std::string_view name) {
  const bool crowded = topics_.size() >= kMaxTopics || groups_.size() >= kMaxGroups;
  if (crowded && !topics_.contains(name)) forget_idle();
  return keep_topic(name);
}

/// As find_topic(), but topics and groups that are in use somewhere stay where they are.
const RuleLine::Topic* RuleLine::keep_topic(std::string_view name) {
  if (const auto found = topics_.find(name); found != topics_.end()) return &found->second;
  const auto* pattern = options_.topics.pattern_of(name);
  if (pattern == nullptr || !webpubsub::is_valid_utf8(name)) return nullptr;

  Topic topic{.group_pieces = group_name_.pieces(options_.topics.capture(*pattern, name)),
              .frame = format_.frame_for(*pattern, name)};
  const auto& group = topic.group_pieces.front();
  if (!group_name_.needs_payload() && is_valid_group(group)) topic.group = &find_group(group);
  const auto entry = topics_.emplace(std::string(name), std::move(topic)).first;
  entry->second.captured = options_.topics.capture(*pattern, entry->first);
  if (reply_rule_) entry->second.reply_pieces = reply_topic_.pieces(entry->second.captured);
  const auto& names = options_.topics.variables();
  const auto device = std::find(names.begin(), names.end(), "device");
  if (device != names.end()) {
    entry->second.device = entry->second.captured[static_cast<std::size_t>(device - names.begin())];
  }
  return &entry->second;
}

RuleLine::Group* RuleLine::group_for(const Topic& topic) {
  if (!group_name_.needs_payload()) return topic.group;
  const bool filled = group_name_.fill(topic.group_pieces, document_, arena_, filled_group_);
  if (!filled || !is_valid_group(filled_group_)) return nullptr;
  if (groups_.size() >= kMaxGroups && !groups_.contains(filled_group_)) forget_idle_groups();
  return &find_group(filled_group_);
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
  topics_.clear();  // they point to groups
  forget_idle_groups();
}

void RuleLine::forget_idle_groups() {
  ++cache_resets_;
  std::erase_if(groups_, [&](const auto& entry) {
    if (entry.second.open || &entry.second == rebuilt_) return false;
    sequence_floor_ = std::max(sequence_floor_, entry.second.sequence);
    return true;
  });
}

void RuleLine::resume(const std::string& group, std::uint64_t sequence) {
  if (group.empty()) {
    sequence_floor_ = std::max(sequence_floor_, sequence);
    return;
  }
  auto& known = find_group(group);
  known.sequence = std::max(known.sequence, sequence);
}

void RuleLine::succeed(RuleLine& old) {
  old.topics_.clear();
  pipeline_.succeed(old.pipeline_);
  groups_ = std::move(old.groups_);
  sequence_floor_ = old.sequence_floor_;
}

std::uint64_t RuleLine::highest_sequence() const {
  auto highest = sequence_floor_;
  for (const auto& [name, group] : groups_) highest = std::max(highest, group.sequence);
  return highest;
}

}  // namespace gateway
