#include "base/log.h"

namespace webpubsub {
namespace {

constexpr auto kBurstLength = std::chrono::seconds(10);

}  // namespace

void Log::write(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (level > level_) return;
  sink_.write({level, event, message, {fields.begin(), fields.size()}});
}

void Log::burst(TimePoint now, LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields) {
  const auto [place, fresh] = bursts_.try_emplace(std::string(event), Burst{.started = now});
  Burst& burst = place->second;
  if (!fresh && now - burst.started < kBurstLength) {
    ++burst.held;
    burst.level = level;
    burst.message = message;
    return;
  }
  flush(now);
  bursts_.try_emplace(std::string(event), Burst{.started = now});
  write(level, event, message, fields);
}

void Log::flush(TimePoint now) {
  for (auto place = bursts_.begin(); place != bursts_.end();) {
    Burst& burst = place->second;
    if (now - burst.started < kBurstLength) {
      ++place;
      continue;
    }
    if (burst.held == 0) {
      place = bursts_.erase(place);
      continue;
    }
    write(burst.level, place->first,
          burst.message + " (and " + std::to_string(burst.held - 1) + " more like it)",
          {{"count", std::to_string(burst.held)}});
    burst.held = 0;
    burst.started = now;
    ++place;
  }
}

}  // namespace webpubsub
