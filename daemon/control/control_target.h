// What the control socket asks of the running gateway.
//
// daemon/service.cpp fills this in, the control server calls it, on the loop's thread. An action
// that is left empty is answered "unsupported", and no verb of the command line promises it.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "daemon/control/protocol.h"
#include "daemon/snapshot.h"

namespace gateway {

/// How a reload went, in words for the person who asked. No secrets.
struct ReloadReport {
  enum class Outcome : std::uint8_t {
    Applied,     // what changed is in effect
    Unchanged,   // the files say what is in effect already
    Invalid,     // the configuration is wrong; nothing changed
    RolledBack,  // applying it failed; what was in effect before is again
    Busy,        // another reload is under way; this one was not begun
  };
  Outcome outcome = Outcome::Applied;
  std::string words{};                 // one line: "2 rules changed, 1 added"
  std::vector<std::string> details{};  // the difference, or every problem as FILE:LINE:COLUMN: TEXT
};

struct ControlTarget {
  /// Links, rules, queues, last reload: the source of `status` and of the status page.
  std::function<GatewaySnapshot()> snapshot{};

  /// The configuration in effect as YAML, with every secret hidden: for `diag`.
  std::function<std::string()> configuration{};

  /// The metrics as /metrics shows them: for `diag`.
  std::function<std::string()> metrics{};

  /// Changes what is logged; with `duration` the usual level is back after it, without it stays
  /// until the next change or restart.
  std::function<void(webpubsub::LogLevel level, std::optional<std::chrono::milliseconds> duration)>
      set_log_level{};

  /// Looks at what waits, or throws it away, and calls `done` once, now or later, on the loop, with
  /// the data of the reply; never after the target is gone.
  std::function<void(const QueueRequest& request,
                     std::function<void(webpubsub::Result<std::string> data)> done)>
      queue{};

  /// Tells what becomes of the readings of a rule: calls `done` once, now or some seconds later, on
  /// the loop, with the data of the reply; never after the target is gone.
  std::function<void(const TraceRequest& request,
                     std::function<void(webpubsub::Result<std::string> data)> done)>
      trace{};

  /// Begins what SIGHUP does and calls `done` once, on the loop, perhaps much later; never after
  /// the target is gone.
  std::function<void(std::function<void(const ReloadReport& report)> done)> reload{};
};

}  // namespace gateway
