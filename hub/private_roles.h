// Roles that only this hub knows, given to its own dashboard. Any other service ignores them.

#pragma once

#include <string_view>

namespace webpubsub::hub {

inline constexpr std::string_view kPrivateRolePrefix = "hub.";
/// A page of the dashboard: follows the dashboard's groups.
inline constexpr std::string_view kDashboardRole = "hub.dashboard";
/// May send commands to the gateway.
inline constexpr std::string_view kCommandRole = "hub.command";

}  // namespace webpubsub::hub
