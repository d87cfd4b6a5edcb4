// What every rule would make of one message, by the code that would make it.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bridge/rules/rule_options.h"
#include "bridge/uplink/reading.h"

namespace gateway {

struct ExplainedRule {
  std::string rule{};
  bool matches = false;
  bool forwards = false;
  /// What was looked at and what came of it, in order: {"topic", "matches ..."}, {"where", "true"},
  /// and for one that forwards at last {"frame", ...}, as it goes to the service.
  std::vector<std::pair<std::string, std::string>> steps{};
};

/// As if it were the first message of a gateway that has just started.
std::vector<ExplainedRule> explain(const std::vector<RuleOptions>& rules,
                                   const std::string& gateway_id, const Reading& reading);

}  // namespace gateway
