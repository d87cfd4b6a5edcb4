// The roles a token may carry. Source: reference "Roles (initial permissions)".

#pragma once

#include <string>
#include <string_view>

namespace webpubsub {

inline constexpr std::string_view kJoinLeaveAny = "webpubsub.joinLeaveGroup";
inline constexpr std::string_view kSendToAny = "webpubsub.sendToGroup";

inline std::string join_leave_role(std::string_view group) {
  return std::string(kJoinLeaveAny) + "." + std::string(group);
}
inline std::string send_to_role(std::string_view group) {
  return std::string(kSendToAny) + "." + std::string(group);
}

}  // namespace webpubsub
