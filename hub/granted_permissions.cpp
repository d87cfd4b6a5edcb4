#include "hub/granted_permissions.h"

#include "base/clock.h"

namespace webpubsub::hub {

Permissions granted_permissions(const std::vector<std::string>& roles, std::string_view user_id,
                                Log& log) {
  std::size_t dropped = 0;
  Permissions permissions = Permissions::from_roles(roles, dropped);
  if (dropped > 0) {
    log.burst(steady_now(), LogLevel::Warning, "hub.roles_dropped",
              "a client has invalid or too many group roles; they are left out",
              {{"user_id", std::string(user_id)}, {"count", std::to_string(dropped)}});
  }
  return permissions;
}

}  // namespace webpubsub::hub
