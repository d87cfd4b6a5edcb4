// What a process takes of the machine's memory.

#pragma once

#include <cstddef>
#include <fstream>
#include <string>

namespace gateway::support {

/// Of this process, in bytes, without what the system can take from it: files that are mapped.
inline std::size_t resident() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::size_t kilobytes = 0;
    if (word == "RssAnon:" && file >> kilobytes) return kilobytes * 1'024;
  }
  return 0;
}

}  // namespace gateway::support
