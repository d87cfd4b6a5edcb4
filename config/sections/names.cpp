#include <algorithm>

#include "config/sections/sections.h"

namespace gateway::config {

bool is_valid_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

std::optional<std::string> read_name(Section& section, TakenNames& taken) {
  const auto value = section.required("name", "climate");
  auto name = value.text();
  if (!name) return std::nullopt;
  if (!is_valid_name(*name)) {
    value.report_unexpected("1 to 64 letters, digits, '-', '_' and '.'", *name);
    return std::nullopt;
  }
  auto here = value.reading().file + ":" + std::to_string(value.place().line);
  const auto [first, fresh] = taken.try_emplace(*name, std::move(here));
  if (fresh) return name;
  value.report("\"" + *name + "\" is taken by the one at " + first->second +
               "; each needs a name of its own");
  return std::nullopt;
}

}  // namespace gateway::config
