// webpubsub-gateway status: what the running gateway does.

#pragma once

#include "daemon/verbs/control_request.h"

namespace gateway {

struct StatusOptions {
  ControlPlace place{};
  bool json = false;
  bool watch = false;  // again every two seconds, until TERM or INT
};

/// Prints it to standard output. Returns the exit code: 69 when no gateway answers.
int status(const StatusOptions& options);

}  // namespace gateway
