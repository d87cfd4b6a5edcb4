// webpubsub-gateway log-level: how much the running gateway logs.

#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "daemon/verbs/control_request.h"

namespace gateway {

struct LogLevelOptions {
  ControlPlace place{};
  std::string level{};
  std::optional<std::chrono::microseconds> duration{};  // nothing: until changed or restarted
};

/// Returns the exit code: 69 when no gateway answers, 77 for one who may not.
int log_level(const LogLevelOptions& options);

}  // namespace gateway
