// webpubsub-gateway reload: the running gateway reads its configuration anew.

#pragma once

#include "daemon/verbs/control_request.h"

namespace gateway {

struct ReloadOptions {
  ControlPlace place{};
  bool json = false;
};

/// Waits for the end of it and prints what changed, or why nothing did. Returns the exit code: 78
/// for a wrong configuration, 1 when it was rolled back, 75 when another one is under way.
int reload(const ReloadOptions& options);

}  // namespace gateway
