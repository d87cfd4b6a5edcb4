// The other end of the control socket: one question, one answer, waiting for it.

#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "daemon/control/protocol.h"

namespace gateway {

/// Asks the gateway that serves at `path`, and waits for at most `limit`. Any thread.
/// Errors: NotFound when there is no such socket; Unavailable when nobody serves it; Unauthorized
/// when the system does not let us connect; Timeout; Protocol; Io.
webpubsub::Result<ControlReply> ask_gateway(const std::string& path, const ControlRequest& request,
                                            std::chrono::milliseconds limit);

}  // namespace gateway
