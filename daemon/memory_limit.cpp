#include "daemon/memory_limit.h"

#include <charconv>
#include <fstream>
#include <string_view>
#include <system_error>

#include "base/units.h"

namespace gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

/// Where the cgroup is below the mount point: a line "0::/system.slice/gateway.service" says so.
/// Nothing when it lies outside of what we see.
std::optional<fs::path> own_cgroup(const fs::path& list) {
  constexpr std::string_view kVersion2 = "0::/";
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kVersion2)) continue;
    auto group = fs::path(line.substr(kVersion2.size()));
    for (const auto& part : group) {
      if (part == "..") return std::nullopt;
    }
    return group;
  }
  return std::nullopt;
}

/// Nothing for "max", and for a file that is not there, as in the cgroup of the whole machine.
std::optional<std::uint64_t> read_bytes(const fs::path& file) {
  std::string text;
  std::getline(std::ifstream(file), text);
  std::uint64_t bytes = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, bytes);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return bytes;
}

std::string whole_mib(std::uint64_t bytes) { return std::to_string(bytes / kMiB) + "MiB"; }

}  // namespace

std::optional<MemoryLimit> read_memory_limit(const fs::path& root) {
  const auto group = own_cgroup(root / "proc/self/cgroup");
  if (!group) return std::nullopt;
  std::optional<MemoryLimit> lowest;
  auto folder = root / "sys/fs/cgroup";
  const auto look = [&] {
    for (const char* name : {"memory.high", "memory.max"}) {
      const auto bytes = read_bytes(folder / name);
      if (bytes && (!lowest || *bytes < lowest->bytes)) lowest = {*bytes, folder / name};
    }
  };
  look();
  for (const auto& part : *group) {
    folder /= part;
    look();
  }
  return lowest;
}

void warn_of_memory_limit(const Settings& settings, const std::optional<MemoryLimit>& limit,
                          webpubsub::Log& log) {
  const std::uint64_t values = settings.snapshot.enabled ? settings.snapshot.max_size : 0;
  std::uint64_t programs = 0;
  for (const auto& rule : settings.rules) programs += rule.jq.is_set() ? rule.jq.memory : 0;
  const auto beside = kMemoryAllowance + values + programs;
  const auto needed = settings.uplink.max_bytes + beside;
  if (!limit || needed <= limit->bytes) return;
  const auto at_least = whole_mib(needed + kMiB - 1);
  const bool fits = limit->bytes >= beside + kMiB;
  log.write(
      webpubsub::LogLevel::Warning, "memory.limit",
      "memory.max_size lets the gateway take " + at_least + " in all, and " + limit->file +
          " allows " + webpubsub::format_size(limit->bytes) + ": set " +
          (fits ? "memory.max_size to " + whole_mib(limit->bytes - beside) + " or less, or " : "") +
          "the limit to " + at_least + " or more",
      {{"limit_bytes", std::to_string(limit->bytes)}, {"needed_bytes", std::to_string(needed)}});
}

}  // namespace gateway
