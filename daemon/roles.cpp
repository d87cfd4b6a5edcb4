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

bool answers_to_groups(const SnapshotOptions& snapshot) {
  return snapshot.enabled && !snapshot.group.empty();
}

/// The wildcard role for every group whose name begins with `prefix`.
std::string send_to_prefix_role(std::string_view prefix) {
  std::string role = std::string(webpubsub::kSendToAny) + "s.";
  for (const char c : prefix) {
    if (c == '*' || c == '?' || c == '\\') role += '\\';
    role += c;
  }
  return role + "**";
}

}  // namespace

std::vector<std::string> needed_roles(const Settings& settings) {
  std::set<std::string> roles;
  bool any_group = false;
  for (const auto& rule : settings.rules) {
    if (!rule.event.empty()) continue;  // anybody may send events
    if (depends_on_topic(rule.group)) {
      any_group = true;
    } else {
      roles.insert(webpubsub::send_to_role(fill_in_gateway(rule.group, settings.gateway_id)));
    }
  }
  if (!settings.presence.group.empty()) {
    roles.insert(webpubsub::send_to_role(settings.presence.group));
  }
  for (const auto& command : settings.commands) {
    if (command.reply && command.reply->to.kind == AnswerTarget::Kind::Group) {
      roles.insert(webpubsub::send_to_role(command.reply->to.name));
    }
  }
  if (answers_to_groups(settings.snapshot)) {
    roles.insert(send_to_prefix_role(settings.snapshot.reply_groups));
  }
  if (any_group) roles = {std::string(webpubsub::kSendToAny)};
  for (const auto& command : settings.commands) {
    if (command.from_group) roles.insert(webpubsub::join_leave_role(*command.from_group));
  }
  if (answers_to_groups(settings.snapshot)) {
    roles.insert(webpubsub::join_leave_role(settings.snapshot.group));
  }
  return {roles.begin(), roles.end()};
}

}  // namespace gateway
