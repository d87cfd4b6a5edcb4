// A snapshot as JSON: what `status --json`, the control socket and /status.json give.
// Format: docs/formats/status.md.

#pragma once

#include <string>

#include "daemon/snapshot.h"

namespace gateway {

/// One object, valid UTF-8 whatever the names and errors hold, without a newline.
std::string status_json(const GatewaySnapshot& snapshot);

}  // namespace gateway
