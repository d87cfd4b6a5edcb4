// Who is told that the gateway and its devices are there.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "bridge/rules/text_template.h"
#include "bridge/rules/topic_pattern.h"

namespace gateway {

/// A message that says a device is gone: its last will, or a death of Sparkplug.
struct DeviceGone {
  TopicPattern topic;     // captures {device}
  std::string payload{};  // empty: whatever it says
};

struct PresenceOptions {
  TextTemplate topic_status{};     // of the gateway's own birth and last will; empty: none
  std::string group = "gateways";  // empty: no presence messages
  std::chrono::milliseconds interval{30'000};
  // A device that says nothing for so long is silent, and ten times as long gone. 0: devices are
  // not watched.
  std::chrono::milliseconds device_timeout{300'000};
  std::chrono::milliseconds device_list{300'000};  // how often all of them are listed; 0: never
  std::vector<DeviceGone> device_gone{};
};

}  // namespace gateway
