// A configuration and every problem it has, word for word: a row of the tables in *_problems_test.

#pragma once

#include <ostream>
#include <string>

#include "tests/config/config_fixture.h"

namespace gateway::config {

struct ProblemCase {
  std::string name{};
  std::string yaml{};
  Lines problems{};
};

inline void PrintTo(const ProblemCase& row, std::ostream* out) { *out << row.yaml; }

inline std::string name_of(const testing::TestParamInfo<ProblemCase>& info) {
  return info.param.name;
}

}  // namespace gateway::config
