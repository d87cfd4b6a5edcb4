// The permissions that a client's roles come to.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "hub/permissions.h"

namespace webpubsub::hub {

/// Says in the log that roles are left out, for nobody else would notice.
Permissions granted_permissions(const std::vector<std::string>& roles, std::string_view user_id,
                                Log& log);

}  // namespace webpubsub::hub
