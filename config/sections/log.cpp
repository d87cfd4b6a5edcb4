#include "config/sections/sections.h"
#include "config/words.h"

namespace gateway::config {

void read_log(Section log, Settings& settings) {
  assign(settings.log.level, read_word(log.at("level"), kLogLevels));
  assign(settings.log.format, read_word(log.at("format"), kLogFormats));
  log.finish();
}

}  // namespace gateway::config
