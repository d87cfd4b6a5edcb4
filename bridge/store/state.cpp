#include "bridge/store/state.h"

#include "bridge/store/keys.h"

namespace gateway {

using webpubsub::Result;

std::optional<std::string> State::get(std::string_view key) const {
  return database_.get(keys::state(key));
}

Result<void> State::put(std::string_view key, std::string_view value) {
  return database_.put(keys::state(key), value, Database::Write::Buffered);
}

Result<void> State::erase(std::string_view key) {
  Changes changes;
  changes.erase(keys::state(key));
  return database_.write(changes);
}

void State::each(
    std::string_view prefix,
    const std::function<bool(std::string_view key, std::string_view value)>& take) const {
  const auto start = keys::state(prefix);
  auto cursor = database_.cursor();
  for (cursor.seek(start); cursor.valid() && cursor.key().starts_with(start); cursor.next()) {
    if (!take(cursor.key().substr(1), cursor.value())) return;
  }
}

void State::Batch::put(std::string_view key, std::string_view value) {
  changes_.put(keys::state(key), value);
}

void State::Batch::erase(std::string_view key) { changes_.erase(keys::state(key)); }

Result<void> State::write(const Batch& batch) { return database_.write(batch.changes_); }

}  // namespace gateway
