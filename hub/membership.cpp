#include "hub/membership.h"

namespace webpubsub::hub {

bool join_group(HubContext& context, HubConnections& hub, Connection& connection,
                std::string_view group) {
  if (connection.groups().size() >= context.options.limits.max_groups_per_connection &&
      !hub.is_member(connection, group)) {
    ++context.counters.joins_refused;
    context.log.burst(steady_now(), LogLevel::Warning, "hub.too_many_groups",
                      "a connection is in as many groups as it may be",
                      {{"connection_id", connection.id()}, {"user_id", connection.user_id()}});
    return false;
  }
  hub.join(connection, group);
  return true;
}

}  // namespace webpubsub::hub
