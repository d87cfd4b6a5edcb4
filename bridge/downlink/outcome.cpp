#include "bridge/downlink/outcome.h"

namespace gateway {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::Delivered:
      return "delivered";
    case Outcome::Malformed:
      return "malformed";
    case Outcome::TooLarge:
      return "too_large";
    case Outcome::Unmatched:
      return "unmatched";
    case Outcome::BadValue:
      return "bad_value";
    case Outcome::NotAllowed:
      return "not_allowed";
    case Outcome::Offline:
      return "offline";
    case Outcome::Full:
      return "full";
    case Outcome::Refused:
      return "refused";
  }
  return "unknown";
}

}  // namespace gateway
