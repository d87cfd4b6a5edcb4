// From one message to its receivers.

#pragma once

#include <string_view>
#include <unordered_set>

#include "hub/hub_context.h"
#include "hub/odata_filter/filter.h"
#include "hub/shared_message.h"

namespace webpubsub::hub {

/// Who of the receivers gets nothing.
struct Excluded {
  const Connection* sender = nullptr;
  const std::unordered_set<std::string_view>* ids = nullptr;
  const Filter* filter = nullptr;  // those it does not match
};

/// Queues `message` to every member, counts, and closes those whose queue is full. `members` may
/// be null: nobody.
void deliver_to_members(HubContext& context, const Members* members, SharedMessage& message,
                        const Excluded& excluded);
void deliver_to_all(HubContext& context, const HubConnections& hub, SharedMessage& message,
                    const Excluded& excluded);
void deliver_to_one(HubContext& context, Connection& connection, SharedMessage& message);

/// Takes a client that does not read out of service.
void close_slow_client(HubContext& context, Connection& connection);

}  // namespace webpubsub::hub
