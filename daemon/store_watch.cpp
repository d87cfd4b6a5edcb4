#include "daemon/store_watch.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/units.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::LogLevel;
using webpubsub::TimePoint;

namespace {

constexpr std::array<unsigned, 3> kMarks{50, 80, 95};
constexpr unsigned kSlack = 5;  // below a mark before it can be told again

double percent_of(std::uint64_t used, std::uint64_t limit) {
  return limit == 0 ? 0 : 100.0 * static_cast<double>(used) / static_cast<double>(limit);
}

unsigned mark_below(unsigned percent) {
  unsigned mark = 0;
  for (const auto each : kMarks) {
    if (percent >= each) mark = each;
  }
  return mark;
}

/// ", full in 3h 20m at this rate".
std::string words_for(const FillRate& rate) {
  const auto time = rate.time_to_full();
  if (!time) return {};
  return ", full in " +
         webpubsub::rough_duration(std::chrono::duration_cast<std::chrono::microseconds>(*time)) +
         " at this rate";
}

}  // namespace

StoreWatch::StoreWatch(webpubsub::net::EventLoop& loop, StoreOptions options, webpubsub::Log& log,
                       std::function<void()> changed)
    : log_(log),
      changed_(std::move(changed)),
      waker_(loop, [this] { on_changed(); }),
      store_(std::move(options), [this] { waker_.wake(); }) {}

void StoreWatch::open_now(const TellStep& tell) {
  if (std::exchange(opened_, true)) return;
  told_.usable = true;  // so that it is told if it is not
  const auto bytes = store_.bytes_on_disk();
  if (tell) tell("opening the store", bytes);
  store_.open([&] {
    if (tell) tell("repairing the store", bytes);
  });
  on_changed();
}

void StoreWatch::open_in_background() {
  if (std::exchange(opened_, true)) return;
  told_.usable = true;
  store_.open_in_background();
}

void StoreWatch::on_changed() {
  store_.take_up();
  const auto health = store_.health();
  tell_recovery(health);
  if (!health.usable && told_.usable) {
    log_.write(LogLevel::Error, "store.unusable",
               "the store takes nothing, durable rules keep readings in memory: " + health.trouble,
               {{"reason", health.trouble}});
  } else if (health.usable && !told_.usable) {
    log_.write(LogLevel::Notice, "store.usable", "the store can be used again");
  }
  const bool changed = health.usable != told_.usable || health.recoveries != told_.recoveries;
  told_ = health;
  if (changed) changed_();
}

void StoreWatch::tell_recovery(const StoreHealth& health) {
  if (health.recoveries == told_.recoveries || !health.latest) return;
  const auto& recovery = *health.latest;
  const std::string what = recovery.started_empty ? "nothing of it can be read; started empty"
                                                  : "what can be read of it goes on";
  log_.write(LogLevel::Error, "store.damaged",
             "the store was damaged: " + recovery.reason + "; " + what +
                 "; the damaged files are in " + recovery.set_aside,
             {{"reason", recovery.reason}});
}

void StoreWatch::look_at_levels(TimePoint now) {
  if (!opened_) return;
  const auto& spool = store_.spool();
  look_at("", percent_of(spool.bytes(), spool.max_bytes()), spool.bytes(), now);
  for (const auto* queue : spool.queues()) {
    const auto counts = queue->counts();
    const auto& limits = queue->limits();
    const auto taken = std::max(percent_of(counts.bytes, limits.max_bytes),
                                percent_of(counts.pending, limits.max_messages));
    look_at(queue->name(), taken, counts.bytes, now);
  }
}

void StoreWatch::look_at(const std::string& name, double taken, std::uint64_t bytes,
                         TimePoint now) {
  auto& level = levels_[name];
  const auto percent = static_cast<unsigned>(std::min(taken, 100.0));
  const auto mark = mark_below(percent);
  const std::string whose = name.empty() ? "the store" : "what waits of rule " + name;
  level.rate.add(taken / 100, now);
  if (mark > level.percent) {
    log_.write(mark >= kMarks.back() ? LogLevel::Error : LogLevel::Warning, "store.filling",
               whose + " is " + std::to_string(percent) + "% full" + words_for(level.rate),
               {{"rule", name}, {"bytes", std::to_string(bytes)}});
    level.percent = mark;
  } else if (level.percent > 0 && percent + kSlack < level.percent) {
    level.percent = mark;
    if (mark == 0) {
      log_.write(LogLevel::Notice, "store.emptied", whose + " has room again", {{"rule", name}});
    }
  }
}

std::optional<milliseconds> StoreWatch::time_to_full(const std::string& name) const {
  const auto level = levels_.find(name);
  const auto time = level == levels_.end() ? std::nullopt : level->second.rate.time_to_full();
  if (!time) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(*time);
}

StoreSnapshot StoreWatch::snapshot() const {
  const auto health = store_.health();
  StoreSnapshot snapshot{.open = opened_,
                         .usable = health.usable,
                         .trouble = health.trouble,
                         .recoveries = health.recoveries,
                         .failures = health.failures,
                         .bytes_written = health.bytes_written,
                         .bytes_on_disk = health.bytes_on_disk,
                         .time_to_full = time_to_full("")};
  for (const auto* queue : store_.spool().queues()) {
    const auto& limits = queue->limits();
    if (limits.max_messages == 0 && limits.max_bytes == 0) continue;
    const auto counts = queue->counts();
    snapshot.rules.push_back({.name = queue->name(),
                              .messages = counts.pending,
                              .bytes = counts.bytes,
                              .max_messages = limits.max_messages,
                              .max_bytes = limits.max_bytes,
                              .time_to_full = time_to_full(queue->name())});
  }
  return snapshot;
}

}  // namespace gateway
