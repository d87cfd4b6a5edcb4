#include "bridge/uplink/counts.h"

namespace gateway {

std::string_view to_string(DropReason reason) noexcept {
  switch (reason) {
    case DropReason::Malformed:
      return "malformed";
    case DropReason::NoFields:
      return "no_fields";
    case DropReason::Unconvertible:
      return "unconvertible";
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
    case DropReason::StoreFull:
      return "store_full";
    case DropReason::Expired:
      return "expired";
    case DropReason::Lost:
      return "lost";
    case DropReason::Poison:
      return "poison";
    case DropReason::Failed:
      return "failed";
    case DropReason::JqFailed:
      return "jq_failed";
    case DropReason::TooMany:
      return "too_many_readings";
    case DropReason::Late:
      return "late";
    case DropReason::WindowFull:
      return "window_full";
    case DropReason::Offline:
      return "offline";
    case DropReason::OfflineFull:
      return "offline_full";
    case DropReason::Superseded:
      return "superseded";
    case DropReason::Purged:
      return "purged";
    case DropReason::Stopped:
      return "stopped";
  }
  return "unknown";
}

std::string_view to_string(FilterReason reason) noexcept {
  switch (reason) {
    case FilterReason::Retained:
      return "retained";
    case FilterReason::Where:
      return "where";
    case FilterReason::Thin:
      return "thin";
    case FilterReason::Empty:
      return "empty";
  }
  return "unknown";
}

void RuleCounts::add(const RuleCounts& other) {
  received += other.received;
  forwarded += other.forwarded;
  for (std::size_t i = 0; i < kFilterReasons; ++i) filtered[i] += other.filtered[i];
  for (std::size_t i = 0; i < kDropReasons; ++i) dropped[i] += other.dropped[i];
  pending += other.pending;
  frames += other.frames;
  bytes += other.bytes;
}

}  // namespace gateway
