#include "daemon/progress.h"

#include <algorithm>

#include "base/units.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::TimePoint;

namespace {

// A process that was not run at all - stopped, or its machine asleep - has missed its deadlines
// without hanging: after such a gap it gets as much time again.
constexpr auto kAbsence = std::chrono::seconds(60);

std::string words(webpubsub::Duration time) {
  return webpubsub::rough_duration(std::chrono::duration_cast<std::chrono::microseconds>(time));
}

}  // namespace

std::optional<std::string> Progress::look(const std::vector<PartFigures>& parts, TimePoint now) {
  const bool was_away = looked_ != TimePoint{} && now - looked_ > kAbsence;
  looked_ = now;
  if (was_away) {
    seen_.clear();
    for (const auto& part : parts) seen(part, now);
    return std::nullopt;
  }
  std::optional<std::string> stuck;
  for (const auto& part : parts) {
    auto said = look_at(part, now);  // of each one, for what it notes
    if (!stuck) stuck = std::move(said);
  }
  return stuck;
}

Progress::Seen& Progress::seen(const PartFigures& part, TimePoint now) {
  const auto found = std::find_if(seen_.begin(), seen_.end(),
                                  [&](const Seen& each) { return each.name == part.name; });
  if (found != seen_.end()) return *found;
  return seen_.emplace_back(Seen{part.name, part.moved, now});
}

std::optional<std::string> Progress::look_at(const PartFigures& part, TimePoint now) {
  auto& before = seen(part, now);
  if (!part.has_work || before.moved != part.moved) before.since = now;
  before.moved = part.moved;
  if (part.work_limit > milliseconds(0) && now - before.since > part.work_limit) {
    return part.name + " has work and has not moved for " + words(now - before.since);
  }
  if (part.silence_limit > milliseconds(0) && part.heard &&
      now - *part.heard > part.silence_limit) {
    return part.name + " has given no sign of life for " + words(now - *part.heard);
  }
  if (part.attempt_ends && now - *part.attempt_ends > part.attempt_limit) {
    return part.name + " should have tried to connect " + words(now - *part.attempt_ends) + " ago";
  }
  return std::nullopt;
}

}  // namespace gateway
