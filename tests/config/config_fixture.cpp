#include "tests/config/config_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace gateway::config {

namespace fs = std::filesystem;

namespace {

Settings settings_or_fail(Loaded loaded) {
  if (auto* const settings = std::get_if<Settings>(&loaded)) return std::move(*settings);
  for (const auto& problem : std::get<std::vector<Problem>>(loaded)) {
    ADD_FAILURE() << problem.text();
  }
  return {};
}

Lines lines_of(const Loaded& loaded, const std::string& left_out) {
  Lines lines;
  const auto* const problems = std::get_if<std::vector<Problem>>(&loaded);
  if (problems == nullptr) return lines;
  for (const auto& problem : *problems) {
    auto line = problem.text();
    for (auto at = line.find(left_out); !left_out.empty() && at != std::string::npos;
         at = line.find(left_out)) {
      line.erase(at, left_out.size());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

Environment test_environment(std::map<std::string, std::string> variables) {
  return {.variable = [variables = std::move(variables)](
                          const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          },
          .host_name = "bench-7",
          .machine_id = "0123456789abcdef0123456789abcdef"};
}

Lines problems_of(std::string_view text, const Environment& environment) {
  return lines_of(load_text(text, "gateway.yaml", environment), "");
}

Lines problems_of_file(const fs::path& file, const Environment& environment) {
  return lines_of(load(file, environment), file.parent_path().string() + "/");
}

Settings settings_of(std::string_view text, const Environment& environment) {
  return settings_or_fail(load_text(text, "gateway.yaml", environment));
}

Settings settings_of_file(const fs::path& file, const Environment& environment) {
  return settings_or_fail(load(file, environment));
}

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path config_folder() { return GW_CONFIG_FOLDER; }

}  // namespace gateway::config
