#include "webpubsub/client/close_reason.h"

#include <algorithm>

namespace webpubsub {
namespace {

struct Row {
  int code = 0;
  CloseReason reason = CloseReason::Other;
  std::string_view name{};
};

constexpr std::array<Row, 15> kRows{{
    {1000, CloseReason::Closed, "normal closure"},
    {1001, CloseReason::GoingAway, "going away"},
    {1002, CloseReason::Protocol, "protocol error"},
    {1003, CloseReason::Unreadable, "unsupported data"},
    {1005, CloseReason::Closed, "no status"},
    {1006, CloseReason::Lost, "abnormal closure"},
    {1007, CloseReason::Unreadable, "invalid payload"},
    {1008, CloseReason::Policy, "policy violation"},
    {1009, CloseReason::TooBig, "message too big"},
    {1010, CloseReason::Unreadable, "missing extension"},
    {1011, CloseReason::InternalError, "internal error"},
    {1012, CloseReason::Restart, "service restart"},
    {1013, CloseReason::Overload, "try again later"},
    {1014, CloseReason::Unavailable, "bad gateway"},
    {1015, CloseReason::Lost, "TLS handshake failed"},
}};

const Row* row_of(int code) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.code == code; });
  return row == kRows.end() ? nullptr : row;
}

constexpr std::array<std::string_view, kCloseReasons> kNames{
    "closed",  "going_away",     "protocol", "unreadable", "policy",
    "too_big", "internal_error", "restart",  "overload",   "quota",
    "refused", "unavailable",    "lost",     "timeout",    "other"};

}  // namespace

bool is_close(const Error& why) noexcept { return why.service_code >= 1000; }

CloseReason close_reason(const Error& why) noexcept {
  if (is_close(why)) {
    const auto* const row = row_of(why.service_code);
    const auto reason = row == nullptr ? CloseReason::Other : row->reason;
    const bool named = why.code == Errc::ResourceExhausted && reason != CloseReason::Policy &&
                       reason != CloseReason::Overload;
    return named ? CloseReason::Quota : reason;
  }
  if (why.code == Errc::Cancelled) return CloseReason::Closed;
  if (why.code == Errc::Timeout) return CloseReason::Timeout;
  if (why.code == Errc::ResourceExhausted) return CloseReason::Quota;
  if (why.service_code >= 500) return CloseReason::Unavailable;
  if (why.service_code >= 400) return CloseReason::Refused;
  return CloseReason::Lost;
}

std::string_view to_string(CloseReason reason) noexcept {
  return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view close_code_name(int code) noexcept {
  const auto* const row = row_of(code);
  return row == nullptr ? std::string_view() : row->name;
}

}  // namespace webpubsub
