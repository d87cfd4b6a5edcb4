// What to subscribe to so that every rule gets its messages and none comes twice.
//
// A broker may send one message once for each overlapping subscription, or once for all of them,
// and says only in some cases which (MQTT 5.0, 3.3.4). So no two filters of ours overlap: covered
// ones are left out, and two that cross ("a/+/c", "a/b/#") are widened to one ("a/+/#"). What the
// wider one brings beyond the rules is counted as unmatched.

#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bridge/rules/topic_filter.h"

namespace gateway {

struct PlannedSubscription {
  TopicFilter filter;
  std::uint8_t qos = 0;  // the highest any of its rules wants
  bool retained = true;  // whether one of them wants what the broker has kept
};

std::vector<PlannedSubscription> plan_subscriptions(std::vector<PlannedSubscription> wanted);

}  // namespace gateway
