#include "daemon/roles.h"

#include <algorithm>
#include <set>

#include "webpubsub/auth/roles.h"

namespace gateway {

namespace {

bool depends_on_topic(const TextTemplate& group) {
  return std::any_of(group.parts().begin(), group.parts().end(),
                     [](const auto& part) { return !part.literal && part.text != "gateway.id"; });
}

std::string fill_in_gateway(const TextTemplate& group, const std::string& gateway_id) {
  std::string text;
  for (const auto& part : group.parts()) text += part.literal ? part.text : gateway_id;
  return text;
}

}  // namespace

std::vector<std::string> needed_roles(const Settings& settings) {
  std::set<std::string> roles;
  bool any_group = false;
  for (const auto& rule : settings.rules) {
    if (depends_on_topic(rule.group)) {
      any_group = true;
    } else {
      roles.insert(webpubsub::send_to_role(fill_in_gateway(rule.group, settings.gateway_id)));
    }
  }
  if (!settings.presence.group.empty()) {
    roles.insert(webpubsub::send_to_role(settings.presence.group));
  }
  if (any_group) roles = {std::string(webpubsub::kSendToAny)};
  for (const auto& command : settings.commands) {
    if (command.from_group) roles.insert(webpubsub::join_leave_role(*command.from_group));
  }
  return {roles.begin(), roles.end()};
}

}  // namespace gateway
