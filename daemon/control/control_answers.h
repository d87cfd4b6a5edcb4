// What each request on the control socket is answered.

#pragma once

#include "daemon/control/control_server.h"
#include "daemon/control/control_target.h"

namespace gateway {

/// The handler that asks `target`, which must outlive the server that calls it.
ControlHandler answer_from(const ControlTarget& target);

}  // namespace gateway
