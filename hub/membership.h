// How clients get into groups, within what each may have of them.

#pragma once

#include <string_view>

#include "hub/hub_context.h"

namespace webpubsub::hub {

/// Joins, also when it is a member already. False, counted and logged, when the connection is in as
/// many groups as it may be.
[[nodiscard]] bool join_group(HubContext& context, HubConnections& hub, Connection& connection,
                              std::string_view group);

}  // namespace webpubsub::hub
