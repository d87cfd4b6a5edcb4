// What the gateway is doing at one moment, as plain numbers: the one source of metrics, health,
// status lines and reports. Made on the loop when somebody asks; nothing here is kept.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "bridge/figures.h"
#include "hub/hub.h"

namespace gateway {

enum class RunState : std::uint8_t { Starting, Running, Stopping, Stopped };

/// A reason or outcome, in lower case with underscores, and how often. Every one that can occur is
/// listed from the start, with 0: a series that appears late breaks rates and alerts.
using Tally = std::vector<std::pair<std::string, std::uint64_t>>;

/// How a connection ended. It stays when there is a new one.
struct LastClose {
  std::string reason{};  // of a small set: "going_away"
  int code = 0;          // WebSocket close code; 0: none, the link just went
  std::string name{};    // what the code is called: "going away"
  std::string words{};   // of the peer, among ours; no secrets
  webpubsub::WallTime at{};
};

struct LinkSnapshot {
  std::string name{};  // "mqtt", "cloud" or "mqtt_blocking"
  bool up = false;
  bool paused = false;                     // by us, until there is room for what it brings
  std::uint64_t connects = 0;              // that succeeded
  std::uint64_t disconnects = 0;           // of an open connection
  std::uint64_t failed_connects = 0;       // attempts that came to nothing
  std::uint64_t pauses = 0;                // since the start
  std::chrono::milliseconds down_for{};    // since the link was last up, or since the start
  std::chrono::milliseconds down_total{};  // since the start, the present time included
  std::optional<std::chrono::milliseconds> retry_in{};  // nothing: no attempt is waiting
  std::string last_error{};                             // why it is down; no secrets
  std::optional<LastClose> last_close{};                // nothing: there was none
  Tally disconnects_by{};  // of an open connection, by the reason; empty: not told apart
  // While it is up.
  std::optional<std::chrono::milliseconds> heard_ago{};  // anything of the other end
  std::uint64_t unanswered = 0;                          // sent, and no outcome yet
  std::chrono::milliseconds oldest_unanswered{};
};

/// Conservation: received = forwarded + filtered + sum of dropped + pending, at every moment.
struct RuleSnapshot {
  std::string name{};
  std::string mode = "fire_and_forget";  // or "acknowledged"
  std::uint64_t received = 0;            // messages that matched
  std::uint64_t forwarded = 0;           // handed to the socket, or acknowledged
  std::uint64_t filtered = 0;            // left out on purpose
  Tally filtered_by{};                   // by reason
  Tally dropped{};                       // by reason
  std::uint64_t pending = 0;             // anywhere between
  bool refused = false;                  // the service: the role is missing; kept, tried again
  bool durable = false;                  // on disk before the broker hears that we have it
  std::uint64_t restored = 0;            // of those received, found on disk at the start
  std::uint64_t on_disk = 0;             // of those pending, outlive the process
  std::uint64_t frames = 0;              // sent
  std::uint64_t sent_bytes = 0;          // of those frames

  std::uint64_t dropped_total() const;
  bool adds_up() const { return received == forwarded + filtered + dropped_total() + pending; }
};

struct QueueSnapshot {
  std::string name{};  // "inbox", "batches", "outbox", "offline", "socket", "store"; or a rule's
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t max_messages = 0;  // 0: not limited by count
  std::uint64_t max_bytes = 0;     // 0: not limited by size
  std::chrono::milliseconds oldest_age{};
  std::optional<std::chrono::milliseconds> time_to_full{};  // nothing: it does not fill, or unknown
};

/// What is kept on disk.
struct StoreSnapshot {
  bool open = false;  // something needs it
  bool usable = false;
  std::string trouble{};            // why not
  std::uint64_t recoveries = 0;     // of a damaged one
  std::uint64_t failures = 0;       // times the disk refused something
  std::uint64_t bytes_written = 0;  // since the start
  std::uint64_t bytes_on_disk = 0;
  std::optional<std::chrono::milliseconds> time_to_full{};
  std::vector<QueueSnapshot> rules{};  // those with limits of their own
};

/// What keeps within webpubsub.rate_limit.
struct GovernorSnapshot {
  double frame_rate = 0;           // frames a second that may leave at present; 0: no limit
  std::uint64_t billed_today = 0;  // units of 2 KB, of the day in UTC
  std::uint64_t held = 0;          // priorities that wait, the lowest first
  std::uint64_t throttled = 0;     // times the service said it is too much
};

/// The configuration in effect, and how the latest attempt to change it ended.
struct ConfigSnapshot {
  std::string hash{};                            // of the effective one, secrets left out
  bool last_reload_successful = true;            // true before the first reload
  webpubsub::WallTime last_reload{};             // of the latest attempt; the start before any
  std::uint64_t reloads = 0;                     // that were applied
  std::uint64_t failed_reloads = 0;              // refused or rolled back: the old one runs on
  std::uint64_t credential_changes = 0;          // files taken up when they changed on disk
  std::vector<std::string> waits_for_restart{};  // keys that take effect at the next start
};

/// What the hub on this machine gets beside a service elsewhere; of all rules together.
struct MirrorSnapshot {
  bool up = false;
  // received = forwarded + filtered + dropped + pending, apart from the rules' own sums.
  std::uint64_t received = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t filtered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
};

/// When what a link proves itself with runs out.
struct CredentialSnapshot {
  std::string link{};
  std::optional<webpubsub::WallTime> expires{};  // nothing: never, or made anew for each connection
};

struct GatewaySnapshot {
  RunState state = RunState::Starting;
  std::string gateway_id{};
  webpubsub::WallTime started{};
  std::chrono::milliseconds uptime{};
  std::vector<LinkSnapshot> links{};
  std::uint64_t mqtt_received = 0;  // messages, matched or not
  Tally mqtt_dropped{};             // before any rule saw them
  std::vector<RuleSnapshot> rules{};
  std::vector<QueueSnapshot> queues{};
  StoreSnapshot store{};
  GovernorSnapshot governor{};
  Tally commands{};          // by outcome
  Tally commands_refused{};  // those rejected and failed, by reason
  // Conservation: received = the sum of outcomes + pending, at every moment.
  std::uint64_t commands_received = 0;
  std::uint64_t commands_pending = 0;
  std::uint64_t late_replies = 0;  // of devices, that nobody waits for
  Tally answers{};                 // to the service, by what became of them
  std::uint64_t answers_waiting = 0;
  Tally event_replies{};  // of the server to readings, by what became of them
  std::uint64_t event_replies_pending = 0;
  Tally devices{};  // by state; empty when they are not watched
  std::uint64_t device_changes = 0;
  Tally snapshots{};  // requests and refused ones, parts that were answered
  std::uint64_t last_values = 0;
  std::uint64_t last_value_bytes = 0;
  UplinkFigures uplink{};
  webpubsub::Histogram command_time{buckets::kCommandSeconds};
  std::uint64_t commands_billable = 0;  // units that receiving them cost
  std::vector<CredentialSnapshot> credentials{};
  Tally control{};                                   // requests on the control socket, by outcome
  std::optional<webpubsub::hub::HubCounters> hub{};  // of the embedded one, when it serves
  std::optional<MirrorSnapshot> mirror{};            // of what the service gets, if configured
  ConfigSnapshot config{};
};

}  // namespace gateway
