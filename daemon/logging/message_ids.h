// MESSAGE_ID: one fixed 128-bit number for each kind of event.
//
// The journal's catalog (systemd/webpubsub-gateway.catalog) is found by it, and alerts and filters
// of users hang on it: an id never changes and never comes to mean something else. A new event
// takes a fresh one from `systemd-id128 new`; the test log_events compares this table with the
// sources and with the catalog.

#pragma once

#include <span>
#include <string_view>

namespace gateway {

struct EventId {
  std::string_view event{};
  std::string_view id{};  // 32 hexadecimal digits, lower case
};

/// Every event that any of our programs logs, by name.
std::span<const EventId> event_ids();

/// The id of `event`; empty when the table has none.
std::string_view message_id(std::string_view event);

}  // namespace gateway
