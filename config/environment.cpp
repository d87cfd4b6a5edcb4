#include <array>
#include <cstdlib>

#include <unistd.h>

#include "config/files.h"
#include "config/load.h"

namespace gateway::config {
namespace {

constexpr std::size_t kMachineIdDigits = 32;

std::optional<std::string> variable(const std::string& name) {
  // Nobody sets variables in this process.
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return value;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

/// Empty also while the machine has none yet: the file then says "uninitialized".
std::string machine_id() {
  auto text = read_file("/etc/machine-id", 128);
  if (!text || text->size() < kMachineIdDigits) return {};
  text->resize(kMachineIdDigits);
  const bool digits = text->find_first_not_of("0123456789abcdef") == std::string::npos;
  return digits ? *text : std::string();
}

}  // namespace

Environment system_environment() {
  return {.variable = variable, .host_name = host_name(), .machine_id = machine_id()};
}

}  // namespace gateway::config
