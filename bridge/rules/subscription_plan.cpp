#include "bridge/rules/subscription_plan.h"

#include <algorithm>

namespace gateway {

std::vector<PlannedSubscription> plan_subscriptions(std::vector<PlannedSubscription> wanted) {
  std::vector<PlannedSubscription> plan;
  while (!wanted.empty()) {
    auto next = std::move(wanted.back());
    wanted.pop_back();
    const auto clash = std::find_if(plan.begin(), plan.end(), [&](const auto& planned) {
      return planned.filter.overlaps(next.filter);
    });
    if (clash == plan.end()) {
      plan.push_back(std::move(next));
      continue;
    }
    // The joined filter may overlap others of the plan: it goes back to be looked at again. Each
    // round makes one filter of two, so there is an end.
    wanted.push_back({clash->filter.joined_with(next.filter), std::max(clash->qos, next.qos),
                      clash->retained || next.retained});
    plan.erase(clash);
  }
  std::sort(plan.begin(), plan.end(),
            [](const auto& a, const auto& b) { return a.filter.text() < b.filter.text(); });
  return plan;
}

}  // namespace gateway
