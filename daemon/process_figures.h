// What this process takes from the machine, as the kernel counts it.

#pragma once

#include <cstdint>

namespace gateway {

struct ProcessFigures {
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;
};

/// What cannot be read is 0: /proc may be hidden from a sandboxed service.
ProcessFigures read_process_figures();

}  // namespace gateway
