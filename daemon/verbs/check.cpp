#include "daemon/verbs/check.h"

#include <variant>

#include "daemon/exit_codes.h"

namespace gateway {

int check(const std::filesystem::path& file, const config::Environment& environment,
          std::ostream& out, std::ostream& err) {
  const config::Loaded loaded = config::load(file, environment);
  if (const auto* problems = std::get_if<std::vector<config::Problem>>(&loaded)) {
    print_problems(*problems, err);
    return exit_code::kConfiguration;
  }
  out << config::describe(std::get<Settings>(loaded));
  out.flush();
  return out.good() ? exit_code::kOk : exit_code::kIo;
}

void print_problems(const std::vector<config::Problem>& problems, std::ostream& err) {
  for (const config::Problem& problem : problems) err << problem.text() << '\n';
  err << problems.size() << (problems.size() == 1 ? " problem" : " problems")
      << " in the configuration\n";
  err.flush();
}

}  // namespace gateway
