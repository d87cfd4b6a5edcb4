// Who a message of the service is from, and who waits for the answer to it.

#pragma once

#include <optional>
#include <string>

#include "webpubsub/protocol/frames.h"

namespace gateway {

/// What a server tells us beside a message, as its metadata (docs/commands.md). The embedded hub
/// does so for what its clients send; nobody but a server can.
namespace metadata {
inline constexpr const char* kInvocation = "gateway-invocation";  // somebody waits for the result
inline constexpr const char* kAsker = "gateway-asker";            // the connection that asked
inline constexpr const char* kSender = "gateway-sender";          // the user it is from
}  // namespace metadata

struct Origin {
  std::optional<std::string> group{};  // nothing: the server
  std::string sender{};                // for limits and the log
  std::string invocation{};            // empty: nobody waits for a result
  std::string asker{};                 // empty: the answer is for the server itself
};

Origin origin_of(const webpubsub::ServerMessage& message);
Origin origin_of(const webpubsub::GroupMessage& message);

}  // namespace gateway
