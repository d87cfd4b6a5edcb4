// The control socket's protocol: one request, one reply, each a JSON object on a line.
// Format: docs/formats/control.md.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "bridge/uplink/queue_view.h"

namespace gateway {

inline constexpr int kControlVersion = 1;
inline constexpr std::size_t kMaxControlRequest = 4096;                // with its newline
inline constexpr std::size_t kMaxControlReply = std::size_t{4} << 20;  // with its newline

enum class ControlVerb : std::uint8_t { Status, Diag, LogLevel, Reload, Queue, Trace };

std::string_view to_string(ControlVerb verb);

/// What is to be done with what waits of the rules.
struct QueueRequest {
  enum class Action : std::uint8_t { List, Read, Purge, Drain };
  Action action = Action::List;
  QueuePlace place = QueuePlace::Disk;  // of Read; Purge tells the quarantine from all others
  std::string rule{};                   // of all but List; may be empty for the quarantine
  std::uint64_t after = 0;              // of Read: items with higher numbers
  std::uint64_t limit = 1'000;          // likewise: how many, at most
  std::uint64_t drain = 0;              // of Drain: which one is looked at; 0: begins one
  bool end = false;                     // likewise: and ends it
};

/// The next readings of a rule, and what becomes of them.
struct TraceRequest {
  std::string rule{};
  std::uint64_t after = 0;      // 0 begins; then `last` of the answer before
  std::uint64_t limit = 1'000;  // how many, at most
  bool payload = false;         // the beginning of each
};

struct ControlRequest {
  ControlVerb verb = ControlVerb::Status;
  bool text = false;                                      // status: for people, not as JSON
  bool colour = false;                                    // of that text
  webpubsub::LogLevel level = webpubsub::LogLevel::Info;  // log-level
  std::optional<std::chrono::milliseconds> duration{};    // log-level; nothing: until changed
  QueueRequest queue{};                                   // queue
  TraceRequest trace{};                                   // trace
};

/// The line of `request`, with its newline.
std::string request_line(const ControlRequest& request);
/// Errors: InvalidArgument for what is no request of this version; the message may be shown.
webpubsub::Result<ControlRequest> parse_request(std::string_view line);

/// How a request ended. The names are in the reply, and label the counters.
enum class ControlCode : std::uint8_t {
  Ok,
  Forbidden,    // not for this peer
  Malformed,    // no request, or one of another version
  Unsupported,  // this gateway cannot do it
  Busy,         // too many clients at once
  Timeout,      // the request did not come, or its work did not end, in time
  Failed,
};
inline constexpr std::size_t kControlCodes = 7;

std::string_view to_string(ControlCode code);

struct ControlReply {
  ControlCode code = ControlCode::Ok;
  std::string data{};     // JSON; of Ok alone
  std::string message{};  // why not; of all others
};

/// The line of `reply`, with its newline. What would be over kMaxControlReply becomes Failed.
std::string reply_line(const ControlReply& reply);
/// Errors: Protocol for what is no reply of this version.
webpubsub::Result<ControlReply> parse_reply(std::string_view line);

}  // namespace gateway
