// Why a connection ended, in one of few kinds: for those who count and decide.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace webpubsub {

enum class CloseReason : std::uint8_t {
  Closed,         // by the service or one of its applications, or by us
  GoingAway,      // the service moves us elsewhere
  Protocol,       // 1002; libwebsockets has it in place of 1012 to 1015, so a restart looks like it
  Unreadable,     // what we sent was, to the service
  Policy,         // 1008: a limit, a right that is gone, a slow receiver
  TooBig,         // a message was
  InternalError,  // the service failed
  Restart,        // the service restarts
  Overload,       // the service has too much to do
  Quota,          // by the words the service gave, or HTTP 429
  Refused,        // HTTP 4xx to an attempt
  Unavailable,    // HTTP 5xx to an attempt, or a gateway between us and the service says so
  Lost,           // without a word
  Timeout,        // silence
  Other,
};
inline constexpr std::size_t kCloseReasons = 15;

/// Of what ClientListener::on_disconnected() and on_recovering() are told, and of what ended a send
/// where is_close() holds.
CloseReason close_reason(const Error& why) noexcept;

/// Whether it says that a connection ended, by the close code it has.
bool is_close(const Error& why) noexcept;

/// In lower case with underscores: "going_away".
std::string_view to_string(CloseReason reason) noexcept;

/// What a close code of RFC 6455 or the IANA registry is called: "going away"; empty for others.
std::string_view close_code_name(int code) noexcept;

}  // namespace webpubsub
