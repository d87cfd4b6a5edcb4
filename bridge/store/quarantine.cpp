#include "bridge/store/quarantine.h"

#include <numeric>
#include <optional>

#include "bridge/store/keys.h"
#include "bridge/store/record.h"

namespace gateway {

using webpubsub::Result;

namespace {

// Names of rules have no line breaks.
constexpr char kBetween = '\n';

/// A batch is stored as a message is: its checksum tells whether it is whole.
void encode(const QuarantinedBatch& batch, std::string& out) {
  const auto topic = batch.rule + kBetween + batch.group;
  encode(
      StoredMessage{
          .time = batch.time, .before = batch.samples, .topic = topic, .payload = batch.bytes},
      out);
}

std::optional<QuarantinedBatch> decode(std::uint64_t number, std::string_view value) {
  const auto stored = decode_message(value);
  if (!stored) return std::nullopt;
  const auto between = stored->topic.find(kBetween);
  if (between == std::string_view::npos) return std::nullopt;
  return QuarantinedBatch{.number = number,
                          .time = stored->time,
                          .samples = stored->before,
                          .rule = std::string(stored->topic.substr(0, between)),
                          .group = std::string(stored->topic.substr(between + 1)),
                          .bytes = std::string(stored->payload)};
}

}  // namespace

void Quarantine::load() const {
  if (loaded_ || !database_.usable()) return;
  loaded_ = each(0, [this](const QuarantinedBatch& batch) {
    entries_.push_back({batch.number, batch.bytes.size(), batch.samples, batch.time});
    bytes_ += batch.bytes.size();
    return true;
  });
  if (!loaded_) forget();
}

/// What is on disk is looked at again before it matters.
void Quarantine::forget() const {
  entries_.clear();
  bytes_ = 0;
  loaded_ = false;
}

bool Quarantine::add(QuarantinedBatch batch) {
  load();
  if (!database_.usable()) return false;
  batch.number = entries_.empty() ? 1 : entries_.back().number + 1;
  Changes changes;
  std::string value;
  encode(batch, value);
  changes.put(keys::quarantined(batch.number), value);
  entries_.push_back({batch.number, batch.bytes.size(), batch.samples, batch.time});
  bytes_ += batch.bytes.size();
  while (entries_.size() > kMaxBatches || (bytes_ > kMaxBytes && entries_.size() > 1)) {
    changes.erase(keys::quarantined(entries_.front().number));
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
  }
  if (database_.write(changes)) return true;
  forget();
  return false;
}

bool Quarantine::each(std::uint64_t after,
                      const std::function<bool(const QuarantinedBatch&)>& take) const {
  auto cursor = database_.cursor();
  for (cursor.seek(keys::quarantined(after + 1)); cursor.valid(); cursor.next()) {
    const auto number = keys::quarantined_number(cursor.key());
    if (!number) break;
    const auto batch = decode(*number, cursor.value());
    if (batch && !take(*batch)) break;
  }
  return cursor.usable() && !cursor.failed();
}

Result<std::size_t> Quarantine::purge() {
  load();
  Changes changes;
  for (const auto& entry : entries_) changes.erase(keys::quarantined(entry.number));
  const auto purged = entries_.size();
  auto written = database_.write(changes);
  forget();
  if (!written) return written.error();
  return purged;
}

std::size_t Quarantine::batches() const {
  load();
  return entries_.size();
}

std::size_t Quarantine::bytes() const {
  load();
  return bytes_;
}

std::uint64_t Quarantine::samples() const {
  load();
  return std::accumulate(entries_.begin(), entries_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Entry& entry) { return sum + entry.samples; });
}

std::int64_t Quarantine::oldest() const {
  load();
  return entries_.empty() ? 0 : entries_.front().time;
}

}  // namespace gateway
