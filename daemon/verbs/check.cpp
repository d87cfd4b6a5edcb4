#include "daemon/verbs/check.h"

#include <cerrno>
#include <variant>

#include <unistd.h>

#include "config/credential_files.h"
#include "daemon/exit_codes.h"
#include "daemon/tls_files.h"

namespace gateway {

namespace {

/// With what is wrong in the certificates and keys it names: what a reload accepts, and more than
/// `run` asks for, which tries again with files that turn good.
config::Loaded load_all(const std::filesystem::path& file, const config::Environment& environment) {
  auto loaded = config::load(file, environment);
  if (const auto* settings = std::get_if<Settings>(&loaded)) {
    if (auto problems = check_tls_files(*settings); !problems.empty()) return problems;
  }
  return loaded;
}

}  // namespace

int check(const std::filesystem::path& file, const config::Environment& environment,
          std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = load_all(file, environment);
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
  if (::access(file.c_str(), R_OK) == 0) return exit_code::kConfiguration;
  if (errno == ENOENT || errno == ENOTDIR) return exit_code::kNoInput;
  return errno == EACCES ? exit_code::kPermission : exit_code::kConfiguration;
}

void print_problems(const std::vector<config::Problem>& problems, std::ostream& err) {
  for (const config::Problem& problem : problems) err << problem.text() << '\n';
  err << problems.size() << (problems.size() == 1 ? " problem" : " problems")
      << " in the configuration\n";
  err.flush();
}

}  // namespace gateway
