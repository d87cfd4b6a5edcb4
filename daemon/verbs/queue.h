// webpubsub-gateway queue: what waits, to be seen, taken away as a file, sent now, or thrown away.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/verbs/control_request.h"

namespace gateway {

struct QueueOptions {
  ControlPlace place{};
  std::string action{};  // list, peek, export, drain or purge
  std::string rule{};
  bool quarantine = false;
  std::uint64_t limit = 10;                            // of peek
  std::optional<std::chrono::microseconds> timeout{};  // of drain
  bool json = false;                                   // of list
};

/// Answers the exit code.
int queue(const QueueOptions& options);

}  // namespace gateway
