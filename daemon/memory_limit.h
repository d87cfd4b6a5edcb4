// Whether what may wait in memory has room in what the system lets this process take: beyond
// memory.high of its cgroup it is slowed down until it hardly moves, beyond memory.max it is
// killed.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/log.h"
#include "config/settings.h"

namespace gateway {

struct MemoryLimit {
  std::uint64_t bytes = 0;
  std::string file{};  // that says so
};

/// The lowest memory.high or memory.max of this process's cgroup (version 2) and of those above it.
/// Nothing where none is set or can be seen. `root`: where /proc and /sys are.
std::optional<MemoryLimit> read_memory_limit(const std::filesystem::path& root = "/");

/// For all but readings and last values: the program, its store, commands and answers under way.
inline constexpr std::uint64_t kMemoryAllowance = 32 * 1024 * 1024;

/// Says so (memory.limit) when `settings` and the allowance come to more than `limit`.
void warn_of_memory_limit(const Settings& settings, const std::optional<MemoryLimit>& limit,
                          webpubsub::Log& log);

}  // namespace gateway
