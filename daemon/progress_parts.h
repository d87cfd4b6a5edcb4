// What the watchdog looks at in a gateway, taken from its links and its uplink.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "bridge/uplink/counts.h"
#include "daemon/link_record.h"
#include "daemon/progress.h"

namespace gateway {

struct LinkSigns {
  const LinkRecord* record = nullptr;
  webpubsub::TimePoint alive{};  // the library's threads, connected or not; not looked at of cloud
  webpubsub::TimePoint heard{};  // the other end
};

struct ProgressSigns {
  std::uint64_t laps = 0;  // of the loop
  LinkSigns mqtt{};
  std::optional<LinkSigns> blocking{};  // of rules that block
  LinkSigns cloud{};
  std::chrono::milliseconds mqtt_connect_timeout{};
  std::chrono::milliseconds mqtt_keep_alive{};  // the link probes after as long, and then gives up
  std::chrono::milliseconds cloud_connect_timeout{};
  std::chrono::milliseconds cloud_keep_alive{};  // the client hangs up after twice as long
};

std::vector<PartFigures> progress_parts(const ProgressSigns& signs, const UplinkCounts& uplink,
                                        webpubsub::TimePoint now);

}  // namespace gateway
