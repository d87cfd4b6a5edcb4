#include "config/sections/sections.h"

namespace gateway::config {

using std::chrono::milliseconds;

void read_presence(Section presence, Settings& settings) {
  const auto group = presence.at("group");
  if (auto name = group.text()) {
    if (name->empty() || is_valid_group(*name)) {
      settings.presence.group = std::move(*name);
    } else {
      group.report("a group of 1 to 1024 characters expected, or \"\" for none");
    }
  }
  assign(settings.presence.interval,
         presence.at("interval").duration(milliseconds(1'000), milliseconds(3'600'000)));
  presence.finish();
}

}  // namespace gateway::config
