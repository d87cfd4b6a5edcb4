#include "base/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "base/units.h"

namespace webpubsub {
namespace {

using namespace std::chrono_literals;

/// From the line before to the summary, first, second and later ones.
constexpr std::array<Duration, 3> kSummaries{10s, 1min, 10min};
// More than the longest pause between two attempts of a link, or its failures would end and start
// again for as long as it is down.
constexpr Duration kQuiet = 2min;
// A key holds words of the configuration, not of peers; the limit is for what nobody thought of.
constexpr std::size_t kMaxStorms = 256;

/// With the path below the source's root; as it is when it is of another one.
LogPlace below_root(LogPlace place) {
  constexpr std::string_view kHere = __FILE__;
  constexpr std::size_t kRoot = kHere.size() - std::string_view("base/log.cpp").size();
  if (place.file.starts_with(kHere.substr(0, kRoot))) place.file.remove_prefix(kRoot);
  return place;
}

/// What a storm is known by, up to its level.
std::string storm_key(std::string_view event, std::span<const LogField> fields) {
  constexpr std::array<std::string_view, 3> kParts{"rule", "link", "outcome"};
  std::string key(event);
  for (const LogField& field : fields) {
    if (std::find(kParts.begin(), kParts.end(), field.key) == kParts.end()) continue;
    key += '\n';
    key += field.key;
    key += '=';
    key += field.value;
  }
  key += '\n';
  return key;
}

std::uint64_t count_of(std::span<const LogField> fields) {
  for (const LogField& field : fields) {
    std::uint64_t count = 0;
    const char* const end = field.value.data() + field.value.size();
    if (field.key != "count") continue;
    if (std::from_chars(field.value.data(), end, count).ec == std::errc{}) return count;
  }
  return 1;
}

/// Without "; next try in 3s" and the like: what stands behind a semicolon was for its moment.
std::string lasting_part(const std::string& message) {
  return message.substr(0, message.find("; "));
}

std::string words(Duration duration) {
  return rough_duration(std::chrono::duration_cast<std::chrono::microseconds>(duration));
}

}  // namespace

void Log::write(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields, LogPlace place) {
  if (level > level_) return;
  sink_.write({level, event, message, {fields.begin(), fields.size()}, below_root(place)});
}

void Log::burst(TimePoint now, LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields, LogPlace place) {
  if (level > level_) return;
  const LogRecord record{level, event, message, {fields.begin(), fields.size()}, below_root(place)};
  Storm& storm = storm_of(record, now);
  const std::uint64_t count = count_of(record.fields);
  const bool first = storm.total == 0;
  storm.last = now;
  storm.total += count;
  if (first) return sink_.write(record);
  storm.held += count;
  storm.message = message;
  storm.place = record.place;
  storm.fields.clear();
  std::copy_if(fields.begin(), fields.end(), std::back_inserter(storm.fields),
               [](const LogField& field) { return field.key != "count"; });
  summarise(storm, now);
}

Log::Storm& Log::storm_of(const LogRecord& record, TimePoint now) {
  const std::string level = std::to_string(static_cast<int>(record.level));
  std::string key = storm_key(record.event, record.fields) + level;
  const auto place = storms_.find(key);
  if (place != storms_.end() && now - place->second.last < kQuiet) return place->second;
  flush(now);  // ends the one that is long over, and makes room
  if (storms_.size() >= kMaxStorms) key = storm_key(record.event, {}) + level;
  return storms_
      .try_emplace(std::move(key), Storm{.started = now,
                                         .last = now,
                                         .told = now,
                                         .level = record.level,
                                         .event = std::string(record.event)})
      .first->second;
}

void Log::over(std::string_view event, std::initializer_list<LogField> fields) {
  const std::string key = storm_key(event, {fields.begin(), fields.size()});
  std::erase_if(storms_, [&](const auto& entry) {
    if (!entry.first.starts_with(key)) return false;
    end(entry.second);
    return true;
  });
}

void Log::flush(TimePoint now) {
  const bool last_words = now == TimePoint::max();
  for (auto place = storms_.begin(); place != storms_.end();) {
    Storm& storm = place->second;
    const bool quiet = !last_words && now - storm.last >= kQuiet;
    if (quiet) {
      end(storm);
    } else {
      summarise(storm, now);
    }
    place = quiet || last_words ? storms_.erase(place) : std::next(place);
  }
}

void Log::summarise(Storm& storm, TimePoint now) {
  const std::size_t stage = std::min<std::size_t>(storm.summaries, kSummaries.size() - 1);
  if (storm.held == 0 || now - storm.told < kSummaries[stage]) return;
  tell(storm, storm.level,
       storm.message + " (" + std::to_string(storm.held) + " more in " +
           words(storm.last - storm.told) + ")",
       {{"count", std::to_string(storm.held)}, {"repeat", "summary"}});
  storm.held = 0;
  storm.told = now;
  ++storm.summaries;
}

void Log::end(const Storm& storm) {
  if (storm.message.empty()) return;  // one does not make a storm
  tell(storm, std::max(storm.level, LogLevel::Notice),
       "over after " + std::to_string(storm.total) + " in " + words(storm.last - storm.started) +
           "; the last: " + lasting_part(storm.message),
       {{"count", std::to_string(storm.total)}, {"repeat", "over"}});
}

void Log::tell(const Storm& storm, LogLevel level, const std::string& message,
               std::initializer_list<LogField> fields) {
  if (level > level_) return;
  std::vector<LogField> all = storm.fields;
  all.insert(all.end(), fields);
  sink_.write({level, storm.event, message, all, storm.place});
}

}  // namespace webpubsub
