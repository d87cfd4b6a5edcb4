#include "daemon/logging/level_control.h"

#include <algorithm>
#include <string>

#include "base/units.h"
#include "daemon/logging/words.h"

namespace gateway {

using std::chrono::milliseconds;
using webpubsub::LogLevel;

LevelControl::LevelControl(webpubsub::net::EventLoop& loop, webpubsub::Log& log)
    : log_(log), usual_(log.level()), back_(loop, [this] {
        raised_ = false;
        change_to(usual_, {});
      }) {}

void LevelControl::set_level(LogLevel level, std::optional<milliseconds> duration) {
  back_.cancel();
  raised_ = duration.has_value();
  if (duration) {
    back_.start_after(*duration);
  } else {
    usual_ = level;
  }
  change_to(level, duration);
}

void LevelControl::set_usual(LogLevel level) {
  if (level == usual_) return;
  usual_ = level;
  if (!raised_) change_to(level, {});
}

void LevelControl::change_to(LogLevel level, std::optional<milliseconds> duration) {
  const std::string name(level_name(level));
  std::string words = "logging at level " + name + " from here on";
  if (duration) {
    words = "logging at level " + name + " for " + webpubsub::rough_duration(*duration) +
            ", then at " + std::string(level_name(usual_)) + " again";
  }
  // Going quiet must not swallow the line that says so.
  log_.set_level(std::max(level, log_.level()));
  log_.write(LogLevel::Notice, "log.level", words, {{"level", name}});
  log_.set_level(level);
}

}  // namespace gateway
