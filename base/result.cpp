#include "base/result.h"

namespace webpubsub {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::InvalidArgument:
      return "invalid argument";
    case Errc::Unauthorized:
      return "unauthorized";
    case Errc::NotFound:
      return "not found";
    case Errc::Unavailable:
      return "unavailable";
    case Errc::Timeout:
      return "timeout";
    case Errc::Cancelled:
      return "cancelled";
    case Errc::ResourceExhausted:
      return "resource exhausted";
    case Errc::Protocol:
      return "protocol error";
    case Errc::Io:
      return "input/output error";
    case Errc::Internal:
      return "internal error";
  }
  return "unknown error";
}

}  // namespace webpubsub
