// What the watchdog looks at in a gateway, taken from its links and its uplink.

#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "bridge/uplink/counts.h"
#include "daemon/link_record.h"
#include "daemon/progress.h"

namespace gateway {

struct ProgressSigns {
  std::uint64_t laps = 0;              // of the loop
  webpubsub::TimePoint mqtt_heard{};   // of the library's threads, connected or not
  webpubsub::TimePoint cloud_heard{};  // of the service, while connected
  std::chrono::milliseconds mqtt_connect_timeout{};
  std::chrono::milliseconds cloud_connect_timeout{};
  std::chrono::milliseconds cloud_keep_alive{};  // the client hangs up after twice as long
  const LinkRecord* blocking = nullptr;          // of rules that block, if there is one
  webpubsub::TimePoint blocking_heard{};         // as mqtt_heard
};

std::vector<PartFigures> progress_parts(const ProgressSigns& signs, const LinkRecord& mqtt,
                                        const LinkRecord& cloud, const UplinkCounts& uplink,
                                        webpubsub::TimePoint now);

}  // namespace gateway
