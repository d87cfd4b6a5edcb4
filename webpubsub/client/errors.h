// What went wrong, in words that say what to do: internal to client/.

#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "net/websocket.h"
#include "webpubsub/protocol/frames.h"

namespace webpubsub {

/// The outcome an ack stands for. A duplicate was done before: success.
Result<void> ack_outcome(const Ack& ack);

/// Whether the same request, with the same id, may be sent again and come to something else. The
/// service remembers ids of what it carried out, not of what failed.
bool asks_for_retry(const Ack& ack);

/// Why a connection, or an attempt at one, ended. `farewell` is the text of the service's
/// `disconnected` frame if there was one: close frames have no room for it.
Error close_error(const net::CloseInfo& info, std::string_view farewell);

/// What becomes of a send that the end of its connection overtook: `what` and the words of `why`,
/// with its close code, or 1013 where only the words say that it was too much.
Error ended_first(std::string_view what, const Error& why);

/// How long a refusal asked us to stay away; capped, since a peer must not silence us for good.
std::optional<std::chrono::milliseconds> retry_after(const net::CloseInfo& info);

}  // namespace webpubsub
