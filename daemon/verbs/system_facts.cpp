#include "daemon/verbs/system_facts.h"

#include <array>
#include <fstream>
#include <string_view>

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/status_screen.h"

namespace gateway {
namespace {

/// What follows `key` on its line of `file`; empty when there is none.
std::string value_in(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto start = line.find_first_not_of(" \t:=\"", key.size());
    if (start == std::string::npos) return {};
    return line.substr(start, line.find_last_not_of(" \t\"") - start + 1);
  }
  return {};
}

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line.substr(0, line.find('\0'));
}

std::string disk(const char* folder) {
  struct statvfs about {};
  if (::statvfs(folder, &about) != 0) return "cannot be told";
  const std::uint64_t block = about.f_frsize;
  return rough_size(about.f_bavail * block) + " free of " + rough_size(about.f_blocks * block) +
         ", " + std::to_string(about.f_favail) + " files free";
}

void add(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += std::string(name) + ": " + value + "\n";
}

}  // namespace

std::string system_facts(const std::string& state) {
  utsname kernel{};
  ::uname(&kernel);
  std::string text;
  add(text, "system", value_in("/etc/os-release", "PRETTY_NAME"));
  add(text, "kernel", std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine);
  add(text, "board", first_line("/proc/device-tree/model"));
  add(text, "processor", value_in("/proc/cpuinfo", "model name"));
  add(text, "processors online", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)));
  add(text, "load", first_line("/proc/loadavg"));
  add(text, "uptime in seconds", first_line("/proc/uptime"));
  add(text, "memory", value_in("/proc/meminfo", "MemTotal"));
  add(text, "memory available", value_in("/proc/meminfo", "MemAvailable"));
  add(text, "disk of /", disk("/"));
  add(text, "disk of " + state, disk(state.c_str()));
  add(text, "clock synchronised",
      ::access("/run/systemd/timesync/synchronized", F_OK) == 0 ? "yes, by systemd-timesyncd"
                                                                : "not by systemd-timesyncd");
  return text;
}

}  // namespace gateway
