#include "daemon/verbs/unit_environment.h"

#include <fstream>
#include <map>
#include <utility>

#include "daemon/verbs/command_output.h"

namespace gateway {

namespace {

using Variables = std::map<std::string, std::string>;

/// The process of `unit`, "0" when none runs.
std::string main_process(const std::string& unit) {
  constexpr auto kLimit = std::chrono::seconds(10);
  constexpr std::size_t kMaxBytes = 4096;
  auto output = command_output({"systemctl", "show", unit, "--property=MainPID", "--value"},
                               kMaxBytes, kLimit);
  if (!output) return "0";
  output->erase(output->find_last_not_of(" \n") + 1);
  return output->find_first_not_of("0123456789") == std::string::npos ? *output : "0";
}

Variables variables_of(const std::string& process) {
  Variables variables;
  std::ifstream list("/proc/" + process + "/environ");
  for (std::string entry; std::getline(list, entry, '\0');) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return variables;
}

}  // namespace

config::Environment unit_environment(const std::string& unit) {
  auto environment = config::system_environment();
  auto variables = variables_of(main_process(unit));
  variables.try_emplace(
      "CREDENTIALS_DIRECTORY",
      "/run/credentials/" + unit + (unit.ends_with(".service") ? "" : ".service"));
  environment.variable = [variables = std::move(variables), own = environment.variable](
                             const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? own(name) : found->second;
  };
  return environment;
}

}  // namespace gateway
