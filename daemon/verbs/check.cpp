#include "daemon/verbs/check.h"

#include <system_error>
#include <variant>

#include "config/credential_files.h"
#include "daemon/exit_codes.h"

namespace gateway {

int check(const std::filesystem::path& file, const config::Environment& environment,
          std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = config::load(file, environment);
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    print_problems(*problems, err);
    return exit_code_for_configuration(file);
  }
  for (const auto& exposed : config::exposed_files(std::get<Settings>(loaded))) {
    err << "warning: " << exposed << ": every user of this machine can read this secret\n";
  }
  out << config::describe(std::get<Settings>(loaded));
  out.flush();
  return out.good() ? exit_code::kOk : exit_code::kIo;
}

int exit_code_for_configuration(const std::filesystem::path& file) {
  std::error_code error;
  const bool missing =
      std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found;
  return missing ? exit_code::kNoInput : exit_code::kConfiguration;
}

void print_problems(const std::vector<config::Problem>& problems, std::ostream& err) {
  for (const config::Problem& problem : problems) err << problem.text() << '\n';
  err << problems.size() << (problems.size() == 1 ? " problem" : " problems")
      << " in the configuration\n";
  err.flush();
}

}  // namespace gateway
