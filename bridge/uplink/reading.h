// A message on its way through a rule.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace gateway {

/// One message for one rule. The views are valid during the call that hands it over.
struct Reading {
  std::uint32_t rule = 0;
  std::int64_t time = 0;           // arrival, milliseconds since the Unix epoch
  webpubsub::TimePoint arrived{};  // when the burst it came with began
  std::string_view topic{};
  std::string_view payload{};
  std::uint8_t qos = 0;
  bool retained = false;
  std::uint64_t spooled = 0;  // its number in its rule's queue on disk; 0: it is in memory only
  // Of MQTT 5, and not kept on disk: where the device wants to be answered, and with what.
  std::string_view response_topic{};
  std::string_view correlation{};
  bool waited = false;  // in memory, for the service
};

}  // namespace gateway
