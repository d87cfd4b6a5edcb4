#include "bridge/store/spool.h"

#include <algorithm>

#include "bridge/store/keys.h"

namespace gateway {

using webpubsub::Result;

void Spool::set_synced(bool synced) {
  shared_.write = synced ? Database::Write::Synced : Database::Write::Buffered;
}

Spool::Rules Spool::load_rules() const {
  Rules rules;
  auto cursor = shared_.database.cursor();
  for (cursor.seek(keys::kRules); cursor.valid() && cursor.key().starts_with(keys::kRules);
       cursor.next()) {
    const auto number = decode_numbers(cursor.value());
    if (!number || number->size() != 1) continue;
    rules.emplace_back(cursor.key().substr(keys::kRules.size()),
                       static_cast<std::uint32_t>(number->front()));
  }
  return rules;
}

/// Messages of rules whose names were lost get a name of their own, under which they can be seen.
void Spool::add_nameless(Rules& rules) const {
  auto cursor = shared_.database.cursor();
  cursor.seek(keys::message(0, 0));
  while (cursor.valid()) {
    const auto number = keys::message_rule(cursor.key());
    if (!number) return;
    const bool known = std::any_of(rules.begin(), rules.end(),
                                   [&](const auto& rule) { return rule.second == *number; });
    if (!known) rules.emplace_back("recovered-" + std::to_string(*number), *number);
    cursor.seek(keys::message(*number + 1, 0));
  }
}

void Spool::load(bool repaired, std::uint64_t skipped) {
  {
    const std::lock_guard lock(mutex_);
    queues_.clear();
  }
  shared_.bytes = 0;
  shared_.changes.clear();
  auto rules = load_rules();
  if (repaired) add_nameless(rules);
  for (const auto& [name, number] : rules) {
    auto queue = std::make_unique<SpoolQueue>(shared_, number, name);
    queue->load(repaired, skipped);
    next_rule_ = std::max(next_rule_, number + 1);
    // Once more, lest it be in the oldest table only: without it nobody knows whose messages they
    // are.
    std::string value;
    encode(std::vector<std::uint64_t>{number}, value);
    shared_.changes.put(keys::rule(name), value);
    const std::lock_guard lock(mutex_);
    queues_[name] = std::move(queue);
  }
  loaded_ = shared_.database.usable();  // else something could not be read
}

SpoolQueue* Spool::find(std::string_view rule) const {
  const auto found = queues_.find(rule);
  return found == queues_.end() ? nullptr : found->second.get();
}

SpoolQueue* Spool::queue(std::string_view rule) {
  if (!loaded_) return nullptr;
  if (auto* known = find(rule)) return known;
  std::string number;
  encode(std::vector<std::uint64_t>{next_rule_}, number);
  // Synced: messages under a number that nobody knows would be lost.
  if (!shared_.database.put(keys::rule(rule), number, Database::Write::Synced)) return nullptr;
  auto queue = std::make_unique<SpoolQueue>(shared_, next_rule_++, std::string(rule));
  const std::lock_guard lock(mutex_);
  return queues_.emplace(rule, std::move(queue)).first->second.get();
}

std::vector<SpoolQueue*> Spool::queues() const {
  std::vector<SpoolQueue*> all;
  all.reserve(queues_.size());
  for (const auto& [name, queue] : queues_) all.push_back(queue.get());
  return all;
}

Result<void> Spool::commit() {
  for (const auto& [name, queue] : queues_) queue->write_head();
  if (shared_.changes.empty()) return {};
  // What a batch is made of outlives a power cut where its messages do, or they would come again in
  // another one.
  using Write = Database::Write;
  auto written =
      shared_.database.write(shared_.changes, shared_.noted ? shared_.write : Write::Buffered);
  if (!written) return written;
  shared_.changes.clear();
  shared_.noted = false;
  return {};
}

std::vector<std::pair<std::string, std::string>> Spool::settled_ranges() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> ranges;
  ranges.reserve(queues_.size());
  for (const auto& [name, queue] : queues_) ranges.push_back(queue->settled_range());
  return ranges;
}

}  // namespace gateway
