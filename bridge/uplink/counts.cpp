#include "bridge/uplink/counts.h"

namespace gateway {

std::string_view to_string(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::Malformed:
      return "malformed";
    case DropReason::TooLarge:
      return "too_large";
    case DropReason::InvalidGroup:
      return "invalid_group";
    case DropReason::InboxFull:
      return "inbox_full";
    case DropReason::OutboxFull:
      return "outbox_full";
    case DropReason::Rejected:
      return "rejected";
    case DropReason::Stopped:
      return "stopped";
  }
  return "unknown";
}

void RuleCounts::add(const RuleCounts& other) {
  received += other.received;
  forwarded += other.forwarded;
  filtered += other.filtered;
  for (std::size_t i = 0; i < kDropReasons; ++i) dropped[i] += other.dropped[i];
  pending += other.pending;
  frames += other.frames;
  bytes += other.bytes;
}

}  // namespace gateway
