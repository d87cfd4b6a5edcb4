// webpubsub-gateway queue drain: what waits of a rule is sent now, and this waits for it.

#pragma once

#include <chrono>
#include <string>

#include "daemon/verbs/control_request.h"

namespace gateway {

/// Answers the exit code: 75 when the service is away, or the time is over before all is sent.
int drain_queue(const ControlPlace& place, const std::string& rule,
                std::chrono::microseconds timeout);

}  // namespace gateway
