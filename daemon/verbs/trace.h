// webpubsub-gateway trace: a rule's readings as they come, and what becomes of each.

#pragma once

#include <cstdint>
#include <string>

#include "daemon/verbs/control_request.h"

namespace gateway {

struct TraceOptions {
  ControlPlace place{};
  std::string rule{};
  std::uint64_t count = 0;  // end after so many; 0: never
  bool payload = false;
  bool json = false;
};

/// Answers the exit code. Ends by itself only with `count`; by SIGINT and SIGTERM with 0.
int trace(const TraceOptions& options);

}  // namespace gateway
