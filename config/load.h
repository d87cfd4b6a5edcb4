// From YAML files to Settings, or to every error in them.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.h"

namespace gateway::config {

/// One thing wrong, with where and what would be right.
struct Problem {
  std::string file{};
  int line = 0;    // from 1; 0 when the problem is with the file as a whole
  int column = 0;  // from 1
  std::string message{};

  /// "FILE:LINE:COLUMN: MESSAGE", as compilers write it.
  std::string text() const;
};

struct Environment {
  /// The value of an environment variable; a test gives its own.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::string host_name{};
  std::string machine_id{};  // of /etc/machine-id; empty: none
};

/// The process's own.
Environment system_environment();

using Loaded = std::variant<Settings, std::vector<Problem>>;

/// Reads `file` and conf.d/*.yaml beside it (in name order; rules and commands only). Never half a
/// result: every problem of every file, in order of place, or Settings that can be used.
Loaded load(const std::filesystem::path& file, const Environment& environment);
/// The same for text already in memory: `name` stands in for the file in messages, no conf.d.
Loaded load_text(std::string_view text, const std::string& name, const Environment& environment);

/// The effective configuration as YAML, every default filled in and every secret shown as "***".
std::string describe(const Settings& settings);

/// The JSON Schema (2020-12) of the configuration, as shipped.
std::string_view json_schema();

}  // namespace gateway::config
