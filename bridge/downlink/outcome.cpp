#include "bridge/downlink/outcome.h"

namespace gateway {

std::string_view to_string(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, kOutcomes> kWords{
      "delivered", "replied", "rejected", "expired", "timed_out", "duplicate", "failed"};
  return kWords[static_cast<std::size_t>(outcome)];
}

std::string_view to_string(Reason reason) noexcept {
  constexpr std::array<std::string_view, kReasons> kWords{
      "",          "malformed",   "too_large", "unmatched", "rate_limited", "bad_argument",
      "bad_value", "not_allowed", "dry_run",   "busy",      "offline",      "refused",
      "stopped"};
  return kWords[static_cast<std::size_t>(reason)];
}

std::string to_text(const CommandEnd& end) {
  std::string text(to_string(end.outcome));
  if (end.reason != Reason::None) text += " (" + std::string(to_string(end.reason)) + ")";
  return text;
}

}  // namespace gateway
