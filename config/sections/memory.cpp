#include "config/sections/sections.h"

namespace gateway::config {
namespace {

// Below one batch of every rule nothing would move; above, a 32-bit process has no addresses.
constexpr std::size_t kLeast = 1024 * 1024;
constexpr std::size_t kMost =
    sizeof(std::size_t) < 8 ? std::size_t{1} << 30U : std::size_t{1} << 36U;

}  // namespace

void read_memory(Section memory, Settings& settings) {
  assign(settings.uplink.max_bytes, memory.at("max_size").size(kLeast, kMost));
  memory.finish();
}

}  // namespace gateway::config
