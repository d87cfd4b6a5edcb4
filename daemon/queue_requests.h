// What an operator wants to see of the queues, or to throw away: from the uplink to JSON.

#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "bridge/uplink/uplink.h"
#include "daemon/control/protocol.h"

namespace gateway {

/// Answers once, now or later, with the data of a reply (docs/formats/control.md). Errors: NotFound
/// for a rule that nobody knows; Unavailable while another queue is being purged.
void answer_queue_request(Uplink& uplink, const QueueRequest& request,
                          const std::function<void(webpubsub::Result<std::string> data)>& done);

}  // namespace gateway
