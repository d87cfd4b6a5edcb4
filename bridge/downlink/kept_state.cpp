#include "bridge/downlink/kept_state.h"

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

namespace gateway {

namespace {

constexpr std::string_view kIds = "command-ids/";
constexpr std::string_view kValues = "last-values/";
constexpr std::size_t kMaxIds = 1'000'000;  // more than were ever written
constexpr std::size_t kValuesAtOnce = 500;
constexpr auto kTick = std::chrono::seconds(1);
constexpr unsigned kTicksBetweenRounds = 60;

std::string under(std::string_view prefix, std::string_view key) {
  std::string text(prefix);
  text += key;
  return text;
}

/// The number `text` begins with, which is cut off together with the character after it.
std::optional<std::int64_t> cut_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(rest - text.data());
  if (error != std::errc{} || length >= text.size()) return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

}  // namespace

std::vector<IdStore::Entry> KeptIds::load() {
  std::vector<Entry> entries;
  state_.each(kIds, [&](std::string_view key, std::string_view value) {
    const std::string text = std::string(value) + ' ';
    std::string_view rest = text;
    if (const auto until = cut_number(rest)) {
      entries.push_back({.key = std::string(key.substr(kIds.size())), .until = *until});
    }
    return entries.size() < kMaxIds;
  });
  return entries;
}

// A store that takes nothing at the moment is told of elsewhere; ids are then known in memory.
void KeptIds::put(const Entry& entry) {
  static_cast<void>(state_.put(under(kIds, entry.key), std::to_string(entry.until)));
}

void KeptIds::remove(const std::string& key) { static_cast<void>(state_.erase(under(kIds, key))); }

std::string stored_text(const LastValue& value) {
  return std::to_string(value.time) + ' ' + std::to_string(value.group.size()) + ' ' + value.group +
         value.payload;
}

bool read_stored(std::string_view text, LastValue& value) {
  const auto time = cut_number(text);
  if (!time) return false;
  const auto group = cut_number(text);
  if (!group || *group < 0 || static_cast<std::uint64_t>(*group) > text.size()) return false;
  value.time = *time;
  value.group = text.substr(0, static_cast<std::size_t>(*group));
  value.payload = text.substr(static_cast<std::size_t>(*group));
  return true;
}

KeptValues::KeptValues(webpubsub::net::EventLoop& loop, State& state, LastValues& values)
    : state_(state), values_(values), timer_(loop, [this] { save_some(); }) {}

void KeptValues::load() {
  state_.each(kValues, [&](std::string_view key, std::string_view text) {
    LastValue value{.key = std::string(key.substr(kValues.size()))};
    if (read_stored(text, value)) values_.restore(std::move(value));
    return true;
  });
  timer_.start_after(kTick);
}

void KeptValues::forget(const std::string& key) {
  static_cast<void>(state_.erase(under(kValues, key)));
}

void KeptValues::save_some() {
  timer_.start_after(kTick);
  if (pause_ > 0) {
    --pause_;
  } else if (save(kValuesAtOnce)) {
    saved_ = 0;
    pause_ = kTicksBetweenRounds;
  }
}

void KeptValues::save_all() {
  saved_ = 0;
  save(SIZE_MAX);
}

/// True when all were looked at.
bool KeptValues::save(std::size_t most) {
  if (!state_.usable()) return true;
  State::Batch batch;
  std::vector<LastValue*> written;
  bool all = true;
  values_.each(saved_, [&](LastValue& value) {
    if (written.size() >= most) {
      all = false;
      return false;
    }
    saved_ = value.number;
    if (!value.unsaved) return true;
    batch.put(under(kValues, value.key), stored_text(value));
    written.push_back(&value);
    return true;
  });
  // What a store does not take is tried again in the next round.
  if (written.empty() || !state_.write(batch)) return all;
  for (auto* value : written) value->unsaved = false;
  return all;
}

}  // namespace gateway
